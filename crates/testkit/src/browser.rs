//! A person's browser without JavaScript: cookies, redirects, links and forms.

use crate::loopback;
use http::Method;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

const REDIRECTS: usize = 10;

/// One person's browser on one server.
pub struct Browser {
    http: reqwest::Client,
    /// `http://alpha.localhost:PORT`.
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What the browser shows, after all redirects.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    /// Where it came from. Of another site (an app's redirect URI), which is not visited, only this is known.
    pub url: String,
    /// Empty when there is none.
    pub content_type: String,
    pub body: String,
}

/// A form of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub action: String,
    pub post: bool,
    /// Names and values of everything in it that is sent unasked: hidden fields, and fields with a value.
    pub fields: Vec<(String, String)>,
    /// Names of all fields and buttons.
    pub names: Vec<String>,
}

impl Browser {
    /// A fresh one, signed in nowhere.
    pub fn new(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        Self { http: loopback::http(), base, cookies: Mutex::default() }
    }

    /// Opens a path, or a URL of this site.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn open(&self, path: &str) -> Page {
        self.go(Method::GET, self.absolute(&self.base, path), &[]).await
    }

    /// Fills the form that has all of these fields, and sends it. A button to press is a field with its value.
    ///
    /// # Panics
    /// When the page has no such form.
    pub async fn submit(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let forms = page.forms();
        let fits = |form: &&Form| fields.iter().all(|(name, _)| form.names.iter().any(|one| one == name));
        let Some(form) = forms.iter().find(fits) else {
            panic!("no form with {fields:?} on {} ({}): {forms:?}\n{}", page.url, page.status, page.body)
        };
        self.send(page, form, fields).await
    }

    /// Sends a form that was taken from a page before, with these fields.
    ///
    /// # Panics
    /// When no answer comes.
    pub async fn send(&self, page: &Page, form: &Form, fields: &[(&str, &str)]) -> Page {
        let mut all: Vec<(&str, &str)> = form
            .fields
            .iter()
            .filter(|(name, _)| fields.iter().all(|(given, _)| given != name))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        all.extend(fields);
        let url = if form.action.is_empty() {
            page.url.split('#').next().unwrap_or_default().to_owned()
        } else {
            self.absolute(&page.url, &form.action)
        };
        self.go(if form.post { Method::POST } else { Method::GET }, url, &all).await
    }

    fn absolute(&self, from: &str, to: &str) -> String {
        let joined = url::Url::parse(from).and_then(|from| from.join(to));
        joined.map_or_else(|_| format!("{}{to}", self.base), Into::into)
    }

    async fn go(&self, mut method: Method, mut url: String, fields: &[(&str, &str)]) -> Page {
        let mut fields = fields;
        for _ in 0..REDIRECTS {
            if !url.starts_with(&format!("{}/", self.base)) {
                return Page { status: 0, url, content_type: String::new(), body: String::new() };
            }
            let mut request = self.http.request(method.clone(), &url).header("accept", "text/html");
            let cookies = self.cookies();
            if !cookies.is_empty() {
                request = request.header("cookie", cookies);
            }
            request = match method {
                Method::POST => request.header("origin", &self.base).form(fields),
                _ if fields.is_empty() => request,
                _ => request.query(fields),
            };
            let answer = request.send().await.unwrap_or_else(|error| panic!("{method} {url}: {error:?}"));
            self.keep_cookies(answer.headers());
            let status = answer.status().as_u16();
            let location = answer.headers().get("location").and_then(|to| to.to_str().ok());
            if let (300..400, Some(to)) = (status, location) {
                url = self.absolute(&url, to);
                (method, fields) = (Method::GET, &[]);
                continue;
            }
            let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
            let content_type = kind.unwrap_or_default().to_owned();
            let url = answer.url().to_string();
            let body = answer.text().await.unwrap_or_else(|error| panic!("{url}: {error:?}"));
            return Page { status, url, content_type, body };
        }
        panic!("{url}: no end of redirects")
    }

    fn cookies(&self) -> String {
        let jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// The values of all cookies it holds.
    pub fn secrets(&self) -> Vec<String> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn keep_cookies(&self, headers: &http::HeaderMap) {
        let mut jar = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let over = attributes.to_ascii_lowercase().contains("max-age=0");
            if over || value.is_empty() {
                jar.remove(name.trim());
            } else {
                jar.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }
}

impl Page {
    /// All forms, in order.
    pub fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        for part in self.body.split("<form").skip(1) {
            let (head, rest) = part.split_once('>').unwrap_or((part, ""));
            let inside = rest.split("</form").next().unwrap_or_default();
            let mut form = Form {
                action: attribute(head, "action").unwrap_or_default(),
                post: attribute(head, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                fields: Vec::new(),
                names: Vec::new(),
            };
            for tag in inside.split('<').skip(1) {
                let tag = tag.split('>').next().unwrap_or_default();
                let kind = tag.split_whitespace().next().unwrap_or_default();
                let Some(name) = attribute(tag, "name") else { continue };
                if !matches!(kind, "input" | "button" | "textarea" | "select") {
                    continue;
                }
                form.names.push(name.clone());
                let unasked = !matches!(
                    attribute(tag, "type").as_deref(),
                    Some("submit" | "checkbox" | "radio" | "file" | "button")
                );
                if let (true, true, Some(value)) = (kind == "input", unasked, attribute(tag, "value")) {
                    form.fields.push((name, value));
                }
            }
            forms.push(form);
        }
        forms
    }

    /// A parameter of the query of its URL.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(&self.url).ok()?;
        url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }
}

/// The value of `name="…"` in a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.replace('\n', " ");
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let plain = value.replace("&quot;", "\"").replace("&#34;", "\"").replace("&#39;", "'");
    let plain = plain.replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&#60;", "<");
    Some(plain.replace("&#62;", ">").replace("&#38;", "&").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::{Peer, Reply};

    #[tokio::test]
    async fn fills_forms_and_keeps_cookies() {
        let peer = Peer::start().await;
        let form = "<form method=\"post\" action=\"/in?a=1&amp;b=2\"><input type=\"hidden\" name=\"csrf\" value=\"x&amp;y\">\
            <input name=\"user\"><button name=\"go\" value=\"yes\">Go</button></form>";
        peer.serve(
            &peer.url("/form"),
            Reply::bytes(200, "text/html", form).header("set-cookie", "s=1; Path=/"),
        );
        peer.serve(&peer.url("/done"), Reply::bytes(200, "text/html", "welcome"));
        peer.script(|request| (request.path == "/in?a=1&b=2").then(|| Reply::redirect("/done?code=7")));
        let browser = Browser::new(&peer.url(""));
        let page = browser.open("/form").await;
        let done = browser.submit(&page, &[("user", "bob"), ("go", "yes")]).await;
        assert_eq!((done.status, done.body.as_str()), (200, "welcome"));
        assert_eq!(done.parameter("code").as_deref(), Some("7"));
        let sent = peer.wait_for("the form", |request| request.method == Method::POST).await;
        assert_eq!(sent.body, "csrf=x%26y&user=bob&go=yes");
        assert_eq!(sent.header("cookie"), Some("s=1"));
        peer.serve(&peer.url("/away"), Reply::redirect("app://callback?code=8"));
        let away = browser.open("/away").await;
        assert_eq!((away.status, away.parameter("code").as_deref()), (0, Some("8")));
    }
}
