use super::*;
use proptest::prelude::*;

fn html(text: &str) -> String {
    render(
        text,
        |h| {
            (h.username != "nobody").then(|| MentionLink {
                href: format!("https://x.example/@{}", h.username),
                username: h.username.clone(),
            })
        },
        |tag| format!("https://x.example/tags/{tag}"),
    )
}

#[test]
fn pieces_are_found_where_readers_see_them() {
    let mention = |text: &'static str| Piece::Mention { text, handle: text.parse().unwrap() };
    let table: &[(&str, Vec<Piece<'_>>)] = &[
        ("plain", vec![Piece::Text("plain")]),
        (
            "see https://a.example/b.",
            vec![Piece::Text("see "), Piece::Link("https://a.example/b"), Piece::Text(".")],
        ),
        (
            "(https://a.example/x_(y))",
            vec![Piece::Text("("), Piece::Link("https://a.example/x_(y)"), Piece::Text(")")],
        ),
        ("hi @bob, ok", vec![Piece::Text("hi "), mention("@bob"), Piece::Text(", ok")]),
        ("@bob@far.example.", vec![mention("@bob@far.example"), Piece::Text(".")]),
        ("@bob@far.localhost:4002 x", vec![mention("@bob@far.localhost:4002"), Piece::Text(" x")]),
        ("mail a@b.example", vec![Piece::Text("mail a@b.example")]),
        (
            "#Sun #sun-set #1 #a_1",
            vec![
                Piece::Hashtag("Sun"),
                Piece::Text(" "),
                Piece::Hashtag("sun"),
                Piece::Text("-set #1 "),
                Piece::Hashtag("a_1"),
            ],
        ),
        ("x#no &#39; #día", vec![Piece::Text("x#no &#39; "), Piece::Hashtag("día")]),
        ("http:// https://nohost", vec![Piece::Text("http:// https://nohost")]),
    ];
    for (text, pieces) in table {
        assert_eq!(&scan(text), pieces, "{text}");
    }
}

#[test]
fn renders_as_clients_expect() {
    assert_eq!(html("a\nb\n\nc <b>"), "<p>a<br>b</p><p>c &lt;b&gt;</p>");
    assert_eq!(html("hi @nobody"), "<p>hi @nobody</p>");
    assert!(html("hi @ann").contains("class=\"u-url mention\">@<span>ann</span></a>"));
    assert!(html("#Sunset").contains("href=\"https://x.example/tags/sunset\""));
    let long = html("https://www.example.com/a/very/long/path/that/goes/on");
    assert!(
        long.contains("<span class=\"invisible\">https://www.</span><span class=\"ellipsis\">"),
        "{long}"
    );
    assert_eq!(html(""), "");
}

#[test]
fn foreign_html_is_tamed() {
    for (dirty, clean) in [
        ("<script>x</script>hi", "hi"),
        ("<img src=x onerror=y>", ""),
        ("<p onclick=x style=y class=\"evil mention\">t</p>", "<p class=\"mention\">t</p>"),
        ("<svg><style>@import x</style></svg>t", "t"),
        ("<h1>t</h1>", "t"),
    ] {
        assert_eq!(sanitise(dirty), clean, "{dirty}");
    }
    let link = sanitise("<a href=\"javascript:x\">t</a>");
    assert!(link.ends_with(">t</a>") && !link.contains("href") && !link.contains("javascript"), "{link}");
    assert_eq!(plain("<p>a<br>b &amp; c</p><p>d</p>"), "a\nb & c\n\nd");
}

#[test]
fn counting_follows_mastodon() {
    let limits = Limits::default();
    assert_eq!(count("@bob@far.example hi", &limits), 7);
    assert_eq!(count("https://example.com/some/very/long/link/indeed/yes", &limits), 23);
    assert_eq!(count("åäö #tag", &limits), 8);
}

use crate::Limits;

proptest! {
    #[test]
    fn scanning_keeps_every_character(text in ".{0,200}") {
        let joined: String = scan(&text).into_iter().map(|p| match p {
            Piece::Text(t) | Piece::Link(t) | Piece::Mention { text: t, .. } => t.to_owned(),
            Piece::Hashtag(t) => format!("#{t}"),
        }).collect();
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn rendered_text_survives_the_sanitiser_without_scripts(text in "[<>&\"'a-z@#:/. \n]{0,120}") {
        let out = html(&text);
        prop_assert!(!out.contains("<script"));
        prop_assert_eq!(sanitise(&sanitise(&out)), sanitise(&out));
    }
}

#[test]
fn links_end_somewhere() {
    let link = format!("https://a.example/{}", "x".repeat(2000));
    assert_eq!(scan(&format!("{link} y")), [Piece::Link(&link), Piece::Text(" y")]);
    let endless = format!("https://a.example/{}", "x".repeat(2100));
    assert_eq!(scan(&endless), [Piece::Text(&endless)]);
    // Beginnings without an end, which are not read to the end of the text one by one.
    let many = "((http://a(".repeat(50_000);
    assert_eq!(scan(&many), [Piece::Text(&many)]);
    assert_eq!(scan("see https://good.example/\u{202e}x")[1], Piece::Link("https://good.example/"));
}
