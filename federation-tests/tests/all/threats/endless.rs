//! Threats of the category `dos`: what never ends, as redirects, loops, threads and collections.

use super::stage::{Stage, fault};
use super::strain::{asked, asked_after, found_nothing, search, too_much};
use crate::scenarios::{ask, id, items, text};
use serde_json::{Value, json};
use tintype_testkit::peer::Reply;

#[tokio::test]
async fn t058_redirects_and_links_come_to_an_end() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let port = stage.peer.port();
    stage.peer.script(move |request| {
        let at = |path: &str| format!("http://remote.localhost:{port}{path}");
        let number: u32 = request.path.rsplit('/').next().and_then(|end| end.parse().ok()).unwrap_or(0);
        let html = |links: String| Reply::bytes(200, "text/html", format!("<html><head>{links}</head></html>"));
        let alternate = |to: String| format!("<link rel=\"alternate\" type=\"application/activity+json\" href=\"{to}\">");
        if request.path.starts_with("/loop/self") {
            Some(Reply::redirect(&at(&request.path)))
        } else if request.path.starts_with("/loop/two") {
            Some(Reply::redirect(&at(if number == 1 { "/loop/two/2" } else { "/loop/two/1" })))
        } else if request.path.starts_with("/chain/") {
            Some(Reply::redirect(&at(&format!("/chain/{}", number + 1))))
        } else if request.path.starts_with("/hosts/") {
            Some(Reply::redirect(&format!("http://h{number}.localhost:{port}/hosts/{}", number + 1)))
        } else if request.path.starts_with("/links/") {
            Some(html(alternate(at(&format!("/links/{}", number + 1)))))
        } else if request.path.starts_with("/linked/self") {
            Some(html(alternate(at(&request.path))))
        } else if request.path.starts_with("/header/") {
            let link = format!("<{}>; rel=\"alternate\"; type=\"application/activity+json\"", at(&format!("/header/{}", number + 1)));
            Some(html(String::new()).header("link", &link))
        } else if request.path.starts_with("/ids/") {
            // Each document says that it is the next one.
            Some(Reply::json(200, "application/activity+json", &json!({"id": at(&format!("/ids/{}", number + 1)), "type": "Note", "attributedTo": at("/users/bob"), "content": "x", "to": "https://www.w3.org/ns/activitystreams#Public"})))
        } else {
            None
        }
    });
    for (name, path, most) in [
        ("to itself", "/loop/self", 6),
        ("of two", "/loop/two/1", 6),
        ("without end", "/chain/1", 6),
        ("from host to host", "/hosts/1", 6),
        ("links in pages", "/links/1", 4),
        ("a link to itself", "/linked/self", 4),
        ("links in headers", "/header/1", 4),
        ("ids that move on", "/ids/1", 4),
    ] {
        let before = asked(&stage, |_| true);
        let answer = search(&stage, &stage.peer.url(path)).await;
        let fetches = asked(&stage, |_| true) - before;
        let mut faults = found_nothing(&answer);
        // As many again for a second reading of what is there: as a person, then as a post.
        faults.extend(fault(fetches > 2 * most, || format!("{fetches} requests")));
        variants.judge(&format!("{name}: {fetches} requests"), &faults);
    }
    // The same for a key, which strangers can make us ask for as often as they like: what failed is remembered.
    for path in ["/loop/self", "/chain/50", "/links/50", "/hosts/50"] {
        let mut stranger = stage.bob.clone();
        stranger.id = stage.peer.url(path);
        stranger.key_id = format!("{}#main-key", stranger.id);
        let before = asked(&stage, |_| true);
        for _ in 0..8 {
            let answer = stage.tell(&stranger, &stage.peer.like(&stranger, &stage.alice.actor())).await;
            variants.judge(
                &format!("a key at {path}"),
                &fault(![401, 403, 503].contains(&answer.status), || format!("{answer:?}")),
            );
        }
        let fetches = asked(&stage, |_| true) - before;
        variants.judge(
            &format!("a key at {path}, eight times"),
            &fault(fetches > 12, || format!("{fetches} requests")),
        );
    }
    stage.assert_untouched().await;
    variants.done();
}

#[tokio::test]
async fn t059_what_leads_back_to_itself_ends() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let note = |more: Value| {
        let mut note = stage.peer.note(&stage.bob, "<p>round and round</p>");
        if let (Some(fields), Some(more)) = (note.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        note
    };
    let own = note(json!({}));
    let own = {
        let mut own = own;
        own["inReplyTo"] = own["id"].clone();
        own["replies"] = own["id"].clone();
        own["quote"] = own["id"].clone();
        own["quoteUrl"] = own["id"].clone();
        own
    };
    let (mut first, mut second) = (note(json!({})), note(json!({})));
    for key in ["inReplyTo", "quote", "quoteUrl", "quoteUri"] {
        first[key] = second["id"].clone();
        second[key] = first["id"].clone();
    }
    let mut third = note(json!({}));
    let third_id = id(&third).to_owned();
    let page = format!("{third_id}/replies?page=1");
    third["replies"] = json!({"id": format!("{third_id}/replies"), "type": "Collection", "first": {"type": "CollectionPage", "id": page, "next": page, "items": [third_id]}});
    for document in [&own, &first, &second, &third] {
        stage.peer.publish(id(document), document);
    }
    stage
        .peer
        .publish(&page, &json!({"type": "CollectionPage", "id": page, "next": page, "items": [third_id]}));
    stage.peer.publish(&format!("{third_id}/replies"), &third["replies"]);
    for (name, document) in
        [("itself", &own), ("each other", &first), ("the other way round", &second), ("pages", &third)]
    {
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, document)).await;
        let fetches = asked_after(&stage, before).await;
        let mut faults = too_much(&answer, fetches, 20);
        if let Some(shown) = stage.alice.home().await.into_iter().find(|post| post["uri"] == document["id"]) {
            // Looking at it may set off another fetch; it ends as well.
            let context = ask(&stage.alice, &format!("/api/v1/statuses/{}/context", id(&shown))).await;
            faults.extend(fault(context.status != 200, || format!("{context:?}")));
            let fetches = asked_after(&stage, before).await;
            faults.extend(fault(fetches > 20, || format!("{fetches} requests")));
        }
        variants.judge(name, &faults);
    }
    // Activities of themselves.
    for kind in [
        "Announce",
        "Like",
        "Undo",
        "Accept",
        "Reject",
        "Create",
        "Update",
        "Delete",
        "Add",
        "Move",
        "Flag",
        "Block",
        "Follow",
        "EmojiReact",
        "Question",
    ] {
        let mut activity = stage.peer.activity(&stage.bob, kind, &json!(null));
        activity["object"] = activity["id"].clone();
        activity["target"] = activity["id"].clone();
        stage.peer.publish(text(&activity, "/id").split('#').next().unwrap(), &stage.bob.document);
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &activity).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(&format!("{kind} of itself"), &too_much(&answer, fetches, 10));
        // Whole, inside of itself, inside of itself.
        let inner = (0..20).fold(activity.clone(), |inner, _| {
            let mut outer = activity.clone();
            outer["object"] = inner;
            outer
        });
        let answer = stage.tell(&stage.bob, &inner).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge(&format!("{kind} in {kind}"), &too_much(&answer, fetches, 10));
    }
    // People who have moved to themselves, and to each other.
    let (mut one, mut two) =
        (stage.peer.actor_at("one.localhost", "one"), stage.peer.actor_at("two.localhost", "two"));
    for from in [&mut one, &mut two] {
        from.document["alsoKnownAs"] = json!([from.id]);
        from.document["movedTo"] = json!(from.id);
        stage.peer.publish_actor(from);
        stage.follows(from).await;
        let before = asked(&stage, |_| true);
        let answer = stage.tell(from, &json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#move/1", from.id), "type": "Move", "actor": from.id, "object": from.id, "target": from.id})).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge("moved to itself", &too_much(&answer, fetches, 10));
    }
    for (from, to) in [(one.clone(), two.clone()), (two.clone(), one.clone())] {
        let mut document = from.document.clone();
        document["movedTo"] = json!(to.id);
        document["alsoKnownAs"] = json!([to.id, from.id]);
        stage.peer.publish(&from.id, &document);
    }
    for (from, to) in [(&one, &two), (&two, &one)] {
        let before = asked(&stage, |_| true);
        let answer = stage.tell(from, &json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#move/2", from.id), "type": "Move", "actor": from.id, "object": from.id, "target": to.id})).await;
        let fetches = asked_after(&stage, before).await;
        variants.judge("moved to each other", &too_much(&answer, fetches, 20));
    }
    variants.done();
    let jobs = stage.alpha.cli(&["jobs", "list", "--json", "--limit", "1000"]).await;
    let waiting = items(&jobs["jobs"]).iter().filter(|job| job["queue"] == "ingest").count();
    assert!(waiting <= 3, "nothing is tried for ever: {jobs}");
    stage.is_alive().await;
}

#[tokio::test]
async fn t060_endless_threads_are_followed_a_little() {
    let stage = Stage::set().await;
    let (bob, peer) = (stage.bob.id.clone(), stage.peer.url(""));
    let port = stage.peer.port();
    // Every note answers another, names a dozen people whom nobody knows, and has pictures.
    stage.peer.script(move |request| {
        let number: u64 = request.path.strip_prefix("/endless/")?.parse().ok()?;
        let tags: Vec<Value> = (0..12).map(|who| json!({"type": "Mention", "href": format!("http://n{number}.localhost:{port}/users/m{who}"), "name": format!("@m{who}")})).collect();
        Some(Reply::json(200, "application/activity+json", &json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{peer}/endless/{number}"), "type": "Note", "attributedTo": bob,
            "published": "2026-01-02T03:04:05Z", "to": "https://www.w3.org/ns/activitystreams#Public", "content": format!("<p>answer {number}</p>"),
            "inReplyTo": format!("{peer}/endless/{}", number + 1), "tag": tags,
            "attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": format!("{peer}/x{number}.jpg")}],
        })))
    });
    let before = asked(&stage, |_| true);
    let mut note = stage.peer.note(&stage.bob, "<p>the last</p>");
    note["inReplyTo"] = json!(stage.peer.url("/endless/1"));
    let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let fetches = asked_after(&stage, before).await;
    let parents = asked(&stage, |request| request.path.starts_with("/endless/"));
    let pictures = asked(&stage, |request| request.path.contains(".jpg"));
    println!("{fetches} requests, {parents} parents");
    assert!((1..=100).contains(&fetches), "one budget for all of it: {fetches}");
    assert!(parents <= 60 && pictures == 0, "{parents} parents, {pictures} pictures");
    // What came of it is there, and looking at it asks for as little again.
    let shown = stage.alice.sees_at_home(id(&note)).await;
    let context = stage.alice.context(id(&shown)).await;
    let above = items(&context["ancestors"]).len();
    assert!((1..=60).contains(&above), "{above}");
    for _ in 0..5 {
        stage.alice.context(id(&shown)).await;
    }
    let fetches = asked_after(&stage, before).await;
    assert!(fetches <= 200, "{fetches} after looking again");
    // The same by a search and by a boost.
    for number in [10_000, 20_000] {
        let before = asked(&stage, |_| true);
        if number == 10_000 {
            search(&stage, &stage.peer.url(&format!("/endless/{number}"))).await;
        } else {
            stage
                .tell(
                    &stage.bob,
                    &stage.peer.announce(&stage.bob, &stage.peer.url(&format!("/endless/{number}"))),
                )
                .await;
        }
        let fetches = asked_after(&stage, before).await;
        assert!(fetches <= 100, "{fetches} requests for {number}");
    }
    stage.is_alive().await;
}

#[tokio::test]
async fn t061_endless_collections_are_read_a_little() {
    let stage = Stage::set().await;
    let peer = stage.peer.url("");
    let twin = stage.twin.url("/evil?page=1");
    let by = stage.bob.id.clone();
    stage.peer.script(move |request| {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let kind = path.strip_prefix("/huge/")?;
        let page: u64 = query.strip_prefix("page=").and_then(|page| page.parse().ok()).unwrap_or(0);
        let url = |page: u64| format!("{peer}{path}?page={page}");
        let items = |count: u64, from: u64| -> Vec<String> { (0..count).map(|number| format!("{peer}/items/{}", from + number)).collect() };
        let document = match kind {
            "endless" => json!({"id": url(page), "type": if page == 0 { "OrderedCollection" } else { "OrderedCollectionPage" }, "totalItems": 5, "first": url(1), "next": url(page + 1), "orderedItems": items(3, page * 3)}),
            "wide" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": 1_000_000, "orderedItems": items(12_000, 0)}),
            "odd" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": -5, "first": 7, "orderedItems": "nothing", "next": [1, 2]}),
            "large" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": 9_223_372_036_854_775_808_u64, "first": {"type": "OrderedCollectionPage", "next": 5, "orderedItems": {"a": 1}}}),
            "elsewhere" => json!({"id": url(0), "type": "OrderedCollection", "totalItems": 1, "first": twin, "next": twin}),
            "self" => json!({"id": url(1), "type": "OrderedCollectionPage", "totalItems": 1, "first": url(1), "next": url(1), "orderedItems": items(1, 0)}),
            "notes" => {
                let notes: Vec<Value> = (0..500).map(|number| json!({"id": format!("{peer}/inline/{page}/{number}"), "type": "Note", "attributedTo": by, "content": "x", "to": "https://www.w3.org/ns/activitystreams#Public", "published": "2026-01-01T00:00:00Z"})).collect();
                json!({"id": url(page), "type": "OrderedCollection", "totalItems": 500, "orderedItems": notes, "first": url(1), "next": url(page + 1)})
            }
            _ => return None,
        };
        Some(Reply::json(200, "application/activity+json", &document))
    });
    let mut variants = stage.variants();
    for (number, kind) in
        ["endless", "wide", "odd", "large", "elsewhere", "self", "notes"].into_iter().enumerate()
    {
        let mut actor = stage.peer.actor_at(&format!("c{number}.localhost"), "collector");
        let url = stage.peer.url(&format!("/huge/{kind}"));
        let here = url.replace("remote.localhost", &format!("c{number}.localhost"));
        for key in ["followers", "following", "featured", "featuredTags", "outbox"] {
            actor.document[key] = json!(here);
        }
        stage.peer.publish_actor(&actor);
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&actor, &stage.peer.follow(&actor, &stage.alice.actor())).await;
        let mut faults = fault(![202, 400, 401, 422].contains(&answer.status), || format!("{answer:?}"));
        if answer.status == 202 {
            stage.follows(&actor).await;
            let shown = stage.alice.find_account(&actor.handle()).await;
            for key in ["followers_count", "following_count", "statuses_count"] {
                let count = shown[key].as_i64();
                faults.extend(fault(count.is_none_or(|count| !(0..=1_000_000_000).contains(&count)), || {
                    format!("{key}: {}", shown[key])
                }));
            }
            let pinned =
                ask(&stage.alice, &format!("/api/v1/accounts/{}/statuses?pinned=true&limit=40", id(&shown)))
                    .await;
            faults.extend(fault(pinned.status != 200 || items(&pinned.json()).len() > 25, || {
                format!("{pinned:?}")
            }));
            for list in ["followers", "following", "statuses"] {
                let listed = ask(&stage.alice, &format!("/api/v1/accounts/{}/{list}", id(&shown))).await;
                faults.extend(fault(listed.status != 200, || format!("{listed:?}")));
            }
        }
        let fetches = asked_after(&stage, before).await;
        faults.extend(fault(fetches > 130, || format!("{fetches} requests")));
        variants.judge(&format!("a profile with {kind}: {fetches} requests"), &faults);
        // The same below a post.
        let mut note = stage.peer.note(&stage.bob, "<p>much said</p>");
        for key in ["replies", "likes", "shares"] {
            note[key] = json!(url);
        }
        stage.peer.publish(id(&note), &note);
        let before = asked(&stage, |_| true);
        let answer = stage.tell(&stage.bob, &stage.peer.create(&stage.bob, &note)).await;
        let seen = stage.alice.sees_at_home(id(&note)).await;
        for _ in 0..3 {
            stage.alice.context(id(&seen)).await;
        }
        let fetches = asked_after(&stage, before).await;
        let counts = stage.alice.status(id(&seen)).await;
        let sane = ["replies_count", "reblogs_count", "favourites_count"]
            .iter()
            .all(|key| counts[*key].as_i64().is_some_and(|count| (0..=1_000_000_000).contains(&count)));
        variants.judge(
            &format!("a post with {kind}: {fetches} requests"),
            &fault(answer.status != 202 || fetches > 130 || !sane, || {
                format!("{} {fetches} {counts}", answer.status)
            }),
        );
    }
    stage.assert_untouched().await;
    variants.done();
    stage.is_alive().await;
}
