//! `multipart/form-data`: text fields into the tree, files aside.

use axum::{
    extract::{FromRequest, Multipart, Request, multipart::Field, multipart::MultipartError},
    http::StatusCode,
};
use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value};

use super::{MAX_PARAMETERS, Upload, tree::Tree};
use crate::ApiError;

/// What becomes of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// This route takes none; they are read past, never held.
    Skip,
    /// Held in memory, bounded by the router's body limit.
    Keep,
}

/// Reads a multipart body. The whole is bounded by the router's `DefaultBodyLimit`, the text in it by
/// [`MAX_PARAMETERS`].
pub async fn read<S: Send + Sync>(
    request: Request,
    state: &S,
    files: Files,
) -> Result<(Map<String, Value>, Vec<Upload>), ApiError> {
    let mut parts = Multipart::from_request(request, state)
        .await
        .map_err(|_| ApiError::BadRequest("The multipart body names no boundary".to_owned()))?;
    let mut tree = Tree::default();
    let mut uploads = Vec::new();
    let mut text_left = MAX_PARAMETERS;
    while let Some(mut part) = parts.next_field().await.map_err(|error| broken(&error))? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        if is_file(&part) {
            let file_name = part.file_name().filter(|name| !name.is_empty()).map(str::to_owned);
            let content_type = part.content_type().map(str::to_owned);
            let bytes = drain(&mut part, files).await?;
            // A file input without a file is sent as a nameless file of no bytes.
            if files == Files::Keep && (file_name.is_some() || !bytes.is_empty()) {
                uploads.push(Upload { field: name, file_name, content_type, bytes });
            }
        } else {
            let bytes = text(&mut part, text_left).await?;
            text_left -= bytes.len();
            let value = String::from_utf8(bytes)
                .map_err(|_| ApiError::BadRequest("A parameter is not valid UTF-8".to_owned()))?;
            tree.add(&name, value)?;
        }
    }
    Ok((tree.done(), uploads))
}

/// A part with a file name is a file; so is one without, if it claims a type that is no text.
fn is_file(part: &Field<'_>) -> bool {
    part.file_name().is_some()
        || part.content_type().is_some_and(|claimed| {
            let claimed = claimed.to_ascii_lowercase();
            !claimed.starts_with("text/") && !claimed.starts_with("application/json")
        })
}

async fn drain(part: &mut Field<'_>, files: Files) -> Result<Bytes, ApiError> {
    let mut held = BytesMut::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if files == Files::Keep {
            held.extend_from_slice(&chunk);
        }
    }
    Ok(held.freeze())
}

async fn text(part: &mut Field<'_>, left: usize) -> Result<Vec<u8>, ApiError> {
    let mut held = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if held.len() + chunk.len() > left {
            return Err(ApiError::TooLarge);
        }
        held.extend_from_slice(&chunk);
    }
    Ok(held)
}

fn broken(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ApiError::TooLarge;
    }
    ApiError::BadRequest("The multipart body is malformed or ended too early".to_owned())
}
