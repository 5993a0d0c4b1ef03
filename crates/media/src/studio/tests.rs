use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use image::{DynamicImage, ImageFormat, RgbImage};

use super::*;
use crate::samples::{
    BLUE, RED, SECONDS, animation, exif, file, flood, halves, jpeg_with, nested_flood, window,
};

const KINDS: [ImageFormat; 4] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];

fn studio() -> Studio {
    Studio::new(Limits::default())
}

fn pixels(rendition: &Rendition) -> DynamicImage {
    let image = image::load_from_memory(&rendition.bytes).unwrap();
    assert_eq!((image.width(), image.height()), (rendition.width, rendition.height));
    image
}

fn assert_near(found: [u8; 3], expected: [u8; 3], what: &str) {
    let far = found.iter().zip(expected).any(|(a, b)| a.abs_diff(b) > 24);
    assert!(!far, "{what}: {found:?} instead of {expected:?}");
}

fn color_at(image: &RgbImage, x: u32, y: u32) -> [u8; 3] {
    image.get_pixel(x, y).0
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn cut(bytes: &Bytes) -> Bytes {
    bytes.slice(..bytes.len() * 2 / 3)
}

/// Threats T005, T021, T069, T091: each is refused, with the right words, and no decoder gets to eat memory.
#[tokio::test]
async fn hostile_files_are_refused() {
    let big = halves(300, 200);
    let table = [
        ("empty", Bytes::new(), "NotAnImage"),
        ("text", Bytes::from_static(b"I am photo.jpg, believe me"), "NotAnImage"),
        ("svg", Bytes::from_static(b"<svg onload='alert(1)'/>"), "NotAnImage"),
        ("xml", Bytes::from_static(b"<?xml version='1.0'?><svg/>"), "NotAnImage"),
        ("html", Bytes::from_static(b"<!DOCTYPE html><script>alert(1)</script>"), "NotAnImage"),
        (
            "activity",
            Bytes::from_static(b"{\"@context\":\"https://www.w3.org/ns/activitystreams\"}"),
            "NotAnImage",
        ),
        ("playlist", Bytes::from_static(b"#EXTM3U\nfile:///etc/passwd"), "NotAnImage"),
        ("pdf", Bytes::from_static(b"%PDF-1.7"), "NotAnImage"),
        ("heic", Bytes::from_static(b"\0\0\0\x18ftypheic"), "Unsupported(\"HEIC\")"),
        ("jpeg start", Bytes::from_static(b"\xFF\xD8\xFF\xE0"), "Broken"),
        ("jpeg, no scan", Bytes::from_static(b"\xFF\xD8\xFF\xD9"), "Broken"),
        ("jpeg with html", Bytes::from_static(b"\xFF\xD8\xFF<html>"), "Broken"),
        ("png start", Bytes::from_static(b"\x89PNG\r\n\x1A\n"), "Broken"),
        ("gif start", Bytes::from_static(b"GIF89a"), "Broken"),
        ("webp start", Bytes::from_static(b"RIFF\0\0\0\0WEBP"), "Broken"),
        ("cut jpeg", cut(&file(&big, ImageFormat::Jpeg)), "Broken"),
        ("cut png", cut(&file(&big, ImageFormat::Png)), "Broken"),
        ("cut webp", cut(&file(&big, ImageFormat::WebP)), "Broken"),
        ("cut gif", cut(&file(&big, ImageFormat::Gif)), "Broken"),
        ("png flood", flood(ImageFormat::Png), "TooManyPixels { width: 60000, height: 60000"),
        (
            "png flood, header only",
            flood(ImageFormat::Png).slice(..33),
            "TooManyPixels { width: 60000, height: 60000",
        ),
        ("jpeg flood", flood(ImageFormat::Jpeg), "TooManyPixels { width: 60000"),
        ("gif flood", flood(ImageFormat::Gif), "TooManyPixels { width: 60000"),
        ("webp flood", flood(ImageFormat::WebP), "TooManyPixels { width: 16383"),
        ("webp flood in a pixel", nested_flood(), "TooManyPixels { width: 16383"),
    ];
    let studio = studio();
    for (name, bytes, expected) in table {
        for error in [
            studio.picture(bytes.clone()).await.unwrap_err(),
            studio.avatar(bytes.clone()).await.unwrap_err(),
        ] {
            assert!(format!("{error:?}").starts_with(expected), "{name}: {error:?}");
            assert!(error.is_refusal() && error.to_string().ends_with('.'), "{name}: {error}");
        }
    }
}

/// Nothing a sender can do to a good file's bytes takes the process down, or gets a half-checked answer.
#[tokio::test]
async fn damaged_files_never_panic_outwards() {
    let studio = studio();
    for kind in KINDS {
        let whole = file(&halves(24, 16), kind);
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.to_vec();
            bytes[at] ^= 0xFF;
            match studio.picture(bytes.into()).await {
                Ok(picture) => assert!(picture.original.width > 0),
                Err(error) => assert!(error.is_refusal(), "{kind:?} at {at}: {error:?}"),
            }
        }
    }
}

#[tokio::test]
async fn the_size_in_bytes_is_bounded() {
    let bytes = file(&halves(8, 8), ImageFormat::Png);
    let exact = Studio::new(Limits { max_bytes: bytes.len(), ..Limits::default() });
    exact.picture(bytes.clone()).await.unwrap();
    let less = Studio::new(Limits { max_bytes: bytes.len() - 1, ..Limits::default() });
    let error = less.picture(bytes.clone()).await.unwrap_err();
    assert!(
        matches!(error, Error::TooLarge { bytes: n, max } if n == bytes.len() && max == n - 1),
        "{error:?}"
    );
}

#[tokio::test]
async fn every_kind_becomes_a_clean_jpeg() {
    for kind in KINDS {
        let picture = studio().picture(file(&halves(40, 20), kind)).await.unwrap();
        let original = &picture.original;
        assert_eq!((original.content_type, original.extension), ("image/jpeg", "jpg"), "{kind:?}");
        assert_eq!((original.width, original.height), (40, 20), "{kind:?}");
        // Small as it came, so the thumbnail is the same file.
        assert_eq!(picture.small, *original, "{kind:?}");
        // SOF2, the progressive mode.
        assert!(contains(&original.bytes, &[0xFF, 0xC2]), "{kind:?}");
        let image = pixels(original).to_rgb8();
        assert_near(color_at(&image, 3, 10), RED, "left");
        assert_near(color_at(&image, 36, 10), BLUE, "right");
        // 1 + 1 + 4 + 2 × (4 × 3 − 1) characters; the first says 4 by 3.
        assert_eq!(picture.blurhash.len(), 28, "{kind:?}");
        assert!(picture.blurhash.starts_with('L'), "{}", picture.blurhash);
    }
}

/// Threat T078.
#[tokio::test]
async fn metadata_goes_and_orientation_stays() {
    let exif = exif(6);
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>52.52,13.40</x:xmpmeta>";
    let iptc = b"Photoshop 3.0\08BIM a street";
    let sent = jpeg_with(&halves(40, 20), &[(1, &exif), (1, xmp), (13, iptc)]);
    let secrets = [b"Exif".as_slice(), &SECONDS, b"II*\0", b"adobe", b"xmp", b"52.52", b"Photoshop", b"8BIM"];
    assert!(secrets.iter().all(|secret| contains(&sent, secret)), "the sample has them all");

    let studio = studio();
    let picture = studio.picture(sent.clone()).await.unwrap();
    // "6": the left side of the stored pixels is the top of the scene.
    assert_eq!((picture.original.width, picture.original.height), (20, 40));
    let upright = pixels(&picture.original).to_rgb8();
    assert_near(color_at(&upright, 10, 3), RED, "top");
    assert_near(color_at(&upright, 10, 36), BLUE, "bottom");

    let avatar = studio.avatar(sent).await.unwrap();
    let face = pixels(&avatar).to_rgb8();
    assert_near(color_at(&face, 10, 2), RED, "top of the avatar");
    assert_near(color_at(&face, 10, 17), BLUE, "bottom of the avatar");

    for rendition in [&picture.original, &picture.small, &avatar] {
        for secret in &secrets {
            assert!(!contains(&rendition.bytes, secret), "{} survived", secret.escape_ascii());
        }
    }
}

#[tokio::test]
async fn all_eight_orientations_are_undone() {
    // Where red (stored on the left) is to be found: x, y of a 20 × 20 picture.
    for (orientation, (x, y)) in [
        (1, (2, 10)),
        (2, (17, 10)),
        (3, (17, 10)),
        (4, (2, 10)),
        (5, (10, 2)),
        (6, (10, 2)),
        (7, (10, 17)),
        (8, (10, 17)),
    ] {
        let sent = jpeg_with(&halves(20, 20), &[(1, &exif(orientation))]);
        let picture = studio().picture(sent).await.unwrap();
        let image = pixels(&picture.original).to_rgb8();
        assert_near(color_at(&image, x, y), RED, &format!("orientation {orientation}"));
        assert_near(color_at(&image, 19 - x, 19 - y), BLUE, &format!("orientation {orientation}"));
    }
}

#[tokio::test]
async fn text_chunks_of_a_png_go_too() {
    let plain = file(&window(8, 8), ImageFormat::Png);
    // Between IHDR, which ends at 33, and what follows: an uncompressed text chunk with its CRC-32.
    let text = [b"\0\0\0\x0DtEXt".as_slice(), b"Author\0Secret", &0xEFFD_68D1_u32.to_be_bytes()].concat();
    let sent = [&plain[..33], &text, &plain[33..]].concat();
    let picture = studio().picture(sent.into()).await.unwrap();
    assert_eq!(picture.original.content_type, "image/png");
    assert!(!contains(&picture.original.bytes, b"Secret") && !contains(&picture.original.bytes, b"tEXt"));
}

#[tokio::test]
async fn large_pictures_shrink_and_small_ones_never_grow() {
    let limits = Limits { rendition_max: 200, thumb_pixels: 60 * 40, ..Limits::default() };
    let studio = Studio::new(limits);
    for (sent, original, small) in [
        ((600, 400), (200, 133), (60, 39)),
        ((400, 600), (133, 200), (39, 60)),
        ((200, 100), (200, 100), (69, 34)),
        ((60, 40), (60, 40), (60, 40)),
        ((5, 3), (5, 3), (5, 3)),
        ((1, 1), (1, 1), (1, 1)),
        ((900, 1), (200, 1), (200, 1)),
    ] {
        let picture = studio.picture(file(&halves(sent.0, sent.1), ImageFormat::Png)).await.unwrap();
        assert_eq!((picture.original.width, picture.original.height), original, "{sent:?}");
        assert_eq!((picture.small.width, picture.small.height), small, "{sent:?}");
        assert!(!picture.blurhash.is_empty());
        pixels(&picture.original);
        pixels(&picture.small);
    }
}

#[tokio::test]
async fn transparency_stays_where_there_is_some() {
    let studio = Studio::new(Limits { thumb_pixels: 200, ..Limits::default() });
    for kind in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let picture = studio.picture(file(&window(40, 20), kind)).await.unwrap();
        for rendition in [&picture.original, &picture.small] {
            assert_eq!((rendition.content_type, rendition.extension), ("image/png", "png"), "{kind:?}");
            let image = pixels(rendition).to_rgba8();
            let (right, middle) = (image.width() - 1, image.height() / 2);
            assert_eq!(image.get_pixel(0, middle).0[3], 255, "{kind:?}");
            assert_eq!(image.get_pixel(right, middle).0[3], 0, "{kind:?}");
        }
    }
    // An alpha channel that hides nothing is not worth a PNG.
    let opaque = DynamicImage::from(halves(40, 20).to_rgba8());
    let picture = studio.picture(file(&opaque, ImageFormat::Png)).await.unwrap();
    assert_eq!(picture.original.content_type, "image/jpeg");
}

#[tokio::test]
async fn every_depth_and_channel_count_is_read() {
    let source = halves(40, 20);
    for (name, image) in [
        ("grey", DynamicImage::from(source.to_luma8())),
        ("grey + alpha", DynamicImage::from(source.to_luma_alpha8())),
        ("grey 16", DynamicImage::from(source.to_luma16())),
        ("grey + alpha 16", DynamicImage::from(source.to_luma_alpha16())),
        ("rgb 16", DynamicImage::from(source.to_rgb16())),
        ("rgba 16", DynamicImage::from(source.to_rgba16())),
    ] {
        let picture = studio().picture(file(&image, ImageFormat::Png)).await.unwrap();
        assert_eq!(picture.original.content_type, "image/jpeg", "{name}");
        let (found, expected) = (pixels(&picture.original).to_rgb8(), image.to_rgb8());
        assert_near(color_at(&found, 3, 10), color_at(&expected, 3, 10), name);
        assert_near(color_at(&found, 36, 10), color_at(&expected, 36, 10), name);
    }
}

#[tokio::test]
async fn an_animation_keeps_its_first_picture() {
    let picture = studio().picture(animation()).await.unwrap();
    assert_near(color_at(&pixels(&picture.original).to_rgb8(), 4, 4), RED, "first frame");
}

#[tokio::test]
async fn wide_colours_are_brought_to_srgb() {
    let orange = DynamicImage::from(RgbImage::from_pixel(16, 16, image::Rgb([200, 100, 50])));
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let segment = [b"ICC_PROFILE\0\x01\x01".as_slice(), &profile].concat();
    let picture = studio().picture(jpeg_with(&orange, &[(2, &segment)])).await.unwrap();
    // The P3 triple is a stronger orange than the same numbers in sRGB.
    let [red, green, blue] = color_at(&pixels(&picture.original).to_rgb8(), 8, 8);
    assert!(red >= 206 && green <= 100 && blue <= 45, "{red} {green} {blue}");
    assert!(!contains(&picture.original.bytes, b"ICC_PROFILE"));

    // A profile that makes no sense is ignored.
    let broken = [b"ICC_PROFILE\0\x01\x01".as_slice(), &[0xAA; 200]].concat();
    let picture = studio().picture(jpeg_with(&orange, &[(2, &broken)])).await.unwrap();
    let [red, ..] = color_at(&pixels(&picture.original).to_rgb8(), 8, 8);
    assert!(red.abs_diff(200) <= 4, "{red}");
}

#[tokio::test]
async fn avatars_are_the_middle_square() {
    let studio = studio();
    for (sent, side) in [((1000, 600), 400), ((600, 1000), 400), ((300, 200), 200), ((1, 9), 1)] {
        let avatar = studio.avatar(file(&halves(sent.0, sent.1), ImageFormat::Png)).await.unwrap();
        assert_eq!((avatar.width, avatar.height), (side, side), "{sent:?}");
        pixels(&avatar);
    }
    let avatar = studio.avatar(file(&halves(1000, 600), ImageFormat::Png)).await.unwrap();
    let image = pixels(&avatar).to_rgb8();
    assert_near(color_at(&image, 190, 200), RED, "left of the middle");
    assert_near(color_at(&image, 210, 200), BLUE, "right of the middle");
    let png = studio.avatar(file(&window(50, 50), ImageFormat::Png)).await.unwrap();
    assert_eq!(png.content_type, "image/png");
}

#[tokio::test]
async fn the_same_picture_gives_the_same_bytes() {
    let sent = file(&halves(300, 200), ImageFormat::Jpeg);
    let studio = studio();
    assert_eq!(studio.picture(sent.clone()).await.unwrap(), studio.picture(sent).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_so_many_at_once() {
    static BUSY: AtomicUsize = AtomicUsize::new(0);
    for parallel in [0, 1, 2] {
        let studio = Studio::new(Limits { parallel, ..Limits::default() });
        let jobs = (0..8).map(|_| {
            studio.work(Bytes::new(), move |_, _| {
                let now = BUSY.fetch_add(1, Ordering::SeqCst) + 1;
                for _ in 0..1_000 {
                    std::thread::yield_now();
                }
                BUSY.fetch_sub(1, Ordering::SeqCst);
                Ok(now)
            })
        });
        for result in futures::future::join_all(jobs).await {
            assert!(result.unwrap() <= parallel.max(1));
        }
    }
    // And with real pictures, both of two finish.
    let one = Studio::new(Limits { parallel: 1, ..Limits::default() });
    let sent = file(&halves(64, 64), ImageFormat::Png);
    let (a, b) = tokio::join!(one.picture(sent.clone()), one.picture(sent));
    assert_eq!(a.unwrap(), b.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_does_not_free_the_slot() {
    let studio = Studio::new(Limits { parallel: 1, ..Limits::default() });
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    let inner = studio.clone();
    let caller = tokio::spawn(async move {
        inner
            .work(Bytes::new(), move |_, _| {
                let _ = started.send(());
                let _ = may_finish.recv();
                Ok(())
            })
            .await
    });
    has_started.await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    assert_eq!(studio.slots.available_permits(), 0);

    finish.send(()).unwrap();
    studio.picture(file(&halves(8, 8), ImageFormat::Png)).await.unwrap();
}

#[tokio::test]
async fn a_panic_is_a_broken_picture_and_frees_its_slot() {
    let studio = Studio::new(Limits { parallel: 1, ..Limits::default() });
    for _ in 0..2 {
        let result: Result<(), Error> = studio.work(Bytes::new(), |_, _| panic!("as a decoder might")).await;
        assert!(matches!(result, Err(Error::Broken)));
    }
}
