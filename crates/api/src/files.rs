//! Our files: pictures of people here, and our copies of pictures from elsewhere. Beside the API, for everybody: the
//! names of our own can't be guessed.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use tintype_model::{AccountId, EmojiId, MediaId};
use tintype_service::{
    emojis,
    media::{self, ProfilePicture, ServedFile},
};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{AnyQuery, ApiError, App, PathId, lenient::Flag};

/// What never changes under its address.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What may be another picture tomorrow.
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// What every answer says, errors too: this is no page, runs nothing, is what its type says, and may be shown anywhere.
const GUARDS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
];

/// The router of everything below `/media`.
pub fn router(app: App) -> Router {
    let router = Router::new()
        .route("/media/{*key}", get(own))
        .route("/media/remote/{id}/{mark}", get(remote))
        .route("/media/emojis/{id}", get(emoji))
        .route("/media/avatars/{id}", get(avatar))
        .route("/media/headers/{id}", get(profile_header))
        .with_state(app);
    GUARDS.into_iter().fold(router, |router, (name, value)| {
        router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    })
}

/// Which version of a picture.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SizeForm {
    small: Flag,
}

/// `GET /media/{*key}`
async fn own(State(app): State<App>, Path(key): Path<String>) -> Result<Response, ApiError> {
    let file = media::file(&app.ctx, &key).await?;
    Ok(served(file, FOR_EVER))
}

/// `GET /media/remote/{id}/{mark}`
async fn remote(
    State(app): State<App>,
    Path((id, mark)): Path<(String, String)>,
    AnyQuery(form): AnyQuery<SizeForm>,
) -> Result<Response, ApiError> {
    let id: MediaId = id.parse().map_err(|_| ApiError::from(tintype_service::Error::NotFound))?;
    let file = media::remote_file(&app.ctx, &*app.resolver, id, &mark, form.small.on()).await?;
    Ok(served(file, FOR_EVER))
}

/// `GET /media/emojis/{id}`. The address stays when the emoji's own server changes the picture.
async fn emoji(State(app): State<App>, PathId(id): PathId<EmojiId>) -> Result<Response, ApiError> {
    let file = emojis::remote_file(&app.ctx, &*app.resolver, id).await?;
    Ok(served(file, FOR_AN_HOUR))
}

/// `GET /media/avatars/{id}`. The address stays when the person changes the picture.
async fn avatar(State(app): State<App>, PathId(id): PathId<AccountId>) -> Result<Response, ApiError> {
    let file = media::remote_profile_picture(&app.ctx, &*app.resolver, id, ProfilePicture::Avatar).await?;
    Ok(served(file, FOR_AN_HOUR))
}

/// `GET /media/headers/{id}`. As with avatars.
async fn profile_header(State(app): State<App>, PathId(id): PathId<AccountId>) -> Result<Response, ApiError> {
    let file = media::remote_profile_picture(&app.ctx, &*app.resolver, id, ProfilePicture::Header).await?;
    Ok(served(file, FOR_AN_HOUR))
}

fn served(file: ServedFile, kept: &'static str) -> Response {
    ([(header::CONTENT_TYPE, file.content_type), (header::CACHE_CONTROL, kept)], file.bytes).into_response()
}
