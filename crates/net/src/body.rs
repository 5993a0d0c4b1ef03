//! Bodies, read as they come and never further than the cap.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::time::{Instant, timeout_at};

use crate::Error;
use crate::error::classify;

/// How much of a body is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Appetite {
    /// Bytes, of what is sent and of what it decompresses to: a stream of empty gzip members is endless too.
    pub(crate) cap: usize,
    pub(crate) deadline: Instant,
    /// Whether a body that is cut short, for whatever reason, is an error.
    pub(crate) whole: bool,
}

/// Reads the body; adapts the headers if it was compressed.
pub(crate) async fn read(
    host: &str,
    mut response: reqwest::Response,
    headers: &mut HeaderMap,
    appetite: Appetite,
) -> Result<Bytes, Error> {
    let gzip = match is_gzip(headers) {
        Ok(gzip) => gzip,
        Err(_) if !appetite.whole => return Ok(Bytes::new()),
        Err(reason) => return Err(Error::Protocol { host: host.to_owned(), reason: reason.to_owned() }),
    };
    let too_large = || Error::TooLarge { host: host.to_owned(), limit: appetite.cap };
    let announced = response.content_length();
    if appetite.whole && announced.is_some_and(|length| length > appetite.cap as u64) {
        return Err(too_large());
    }
    let mut sink = Sink::new(gzip, appetite.cap);
    let result = loop {
        match timeout_at(appetite.deadline, response.chunk()).await {
            Err(_) => break Err(Error::Timeout { host: host.to_owned() }),
            Ok(Err(error)) => break Err(classify(host, &error)),
            Ok(Ok(None)) => break sink.finish().map_err(|end| end.of(host, appetite.cap)),
            Ok(Ok(Some(chunk))) => {
                if let Err(end) = sink.eat(&chunk) {
                    break Err(end.of(host, appetite.cap));
                }
            }
        }
    };
    match result {
        Err(error) if appetite.whole => return Err(error),
        _ if gzip => {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
        }
        _ => {}
    }
    Ok(sink.into_bytes())
}

/// We ask for gzip and take it once; encodings on top of each other are how bombs are built.
fn is_gzip(headers: &HeaderMap) -> Result<bool, &'static str> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let Some(encoding) = encodings.next() else { return Ok(false) };
    if encodings.next().is_some() {
        return Err("more than one content encoding");
    }
    match encoding.as_bytes().trim_ascii().to_ascii_lowercase().as_slice() {
        b"" | b"identity" => Ok(false),
        b"gzip" | b"x-gzip" => Ok(true),
        _ => Err("unknown content encoding"),
    }
}

enum Sink {
    Plain(Capped),
    /// The second field counts what came in.
    Gzip(Box<MultiGzDecoder<Capped>>, usize),
}

enum End {
    TooLarge,
    BadGzip,
}

impl End {
    fn of(self, host: &str, limit: usize) -> Error {
        let host = host.to_owned();
        match self {
            Self::TooLarge => Error::TooLarge { host, limit },
            Self::BadGzip => Error::Protocol { host, reason: "broken gzip body".to_owned() },
        }
    }
}

impl Sink {
    fn new(gzip: bool, cap: usize) -> Self {
        let capped = Capped { bytes: Vec::new(), cap, overflowed: false };
        if gzip { Self::Gzip(Box::new(MultiGzDecoder::new(capped)), 0) } else { Self::Plain(capped) }
    }

    fn eat(&mut self, chunk: &[u8]) -> Result<(), End> {
        match self {
            Self::Plain(capped) => capped.write_all(chunk).map_err(|_| End::TooLarge),
            Self::Gzip(decoder, eaten) => {
                *eaten += chunk.len();
                if *eaten > decoder.get_ref().cap {
                    return Err(End::TooLarge);
                }
                let result = decoder.write_all(chunk);
                result.map_err(|_| if decoder.get_ref().overflowed { End::TooLarge } else { End::BadGzip })
            }
        }
    }

    fn finish(&mut self) -> Result<(), End> {
        match self {
            // No body at all is no broken one: 204, or a server that labels everything.
            Self::Plain(_) | Self::Gzip(_, 0) => Ok(()),
            Self::Gzip(decoder, _) => {
                let result = decoder.try_finish();
                result.map_err(|_| if decoder.get_ref().overflowed { End::TooLarge } else { End::BadGzip })
            }
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Plain(capped) => capped.bytes.into(),
            Self::Gzip(mut decoder, _) => std::mem::take(&mut decoder.get_mut().bytes).into(),
        }
    }
}

/// Takes bytes up to the cap and errors on the first one after it, which stops the decompressor.
struct Capped {
    bytes: Vec<u8>,
    cap: usize,
    overflowed: bool,
}

impl Write for Capped {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let room = self.cap - self.bytes.len();
        if room == 0 && !buf.is_empty() {
            self.overflowed = true;
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let taken = buf.get(..room).unwrap_or(buf);
        self.bytes.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
