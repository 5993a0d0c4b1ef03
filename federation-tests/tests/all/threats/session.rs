//! Threats of the category `session`.

use super::stage::Stage;
use super::visitor::{OAuthApp, REDIRECT, Visitor, form_token, set_cookies, token};
use crate::scenarios::{ask, id, text};
use serde_json::json;
use std::time::Duration;
use tintype_testkit::stream::{Listener, Shown};
use tintype_testkit::{Instance, Person, wait};

/// What a stream may outlive its authority by.
const REVALIDATION: Duration = Duration::from_mins(1);
const ME: &str = "/api/v1/accounts/verify_credentials";

async fn streams(client: &tintype_testkit::Client) -> [Listener; 2] {
    let (events, socket) =
        futures::join!(client.listen("/api/v1/streaming/user"), client.socket("stream=public"));
    [events, socket]
}

async fn all_end(streams: [Listener; 2]) {
    let [mut events, mut socket] = streams;
    futures::join!(events.ended(REVALIDATION), socket.ended(REVALIDATION));
}

#[tokio::test]
async fn t042_streams_end_with_the_right_to_hear_them() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let app = OAuthApp::register(alpha, REDIRECT, "read write").await;

    // Each way to lose the right, with a person of its own. One witness keeps hearing.
    let witness = alpha.person("wilma").await;
    let mut heard = witness.socket("stream=public").await;
    for way in ["revoked", "revoked on the page", "suspended", "disabled", "password reset", "deleted"] {
        let name = format!("p{}", way.replace(' ', "_"));
        let person = alpha.person(&name).await;
        let visitor = Visitor::signed_in(alpha, &person).await;
        let given = app.exchange(&app.code(&visitor, &[]).await, &[]).await.ok();
        let client = alpha.client().with_token(text(&given, "/access_token"));
        let open = streams(&client).await;
        match way {
            "revoked" => {
                let fields = [
                    ("client_id", app.id()),
                    ("client_secret", app.secret()),
                    ("token", client.token().unwrap()),
                ];
                alpha.client().post_form("/oauth/revoke", &fields).await;
            }
            "revoked on the page" => {
                let page = visitor.open("/settings").await.text();
                let mut actions = page.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
                let action =
                    actions.find(|action| action.starts_with("/settings/apps/")).expect("the app's form");
                let form = form_token(&visitor.open("/settings").await);
                let answer = visitor.post(action, &[("form_token", &form)]).await;
                assert_eq!(answer.status, 303, "{answer:?}");
            }
            "suspended" => drop(alpha.cli(&["account", "suspend", &name, "--json"]).await),
            "disabled" => drop(alpha.cli(&["account", "disable", &name, "--json"]).await),
            "password reset" => drop(alpha.cli(&["account", "reset-password", &name, "--json"]).await),
            _ => drop(alpha.cli(&["account", "delete", &name, "--yes", "--json"]).await),
        }
        all_end(open).await;
        let again = client.try_socket("stream=public", Shown::Header).await.err();
        assert!(matches!(again, Some(401 | 403)), "{way}: {again:?}");
        let again = ask(&client, "/api/v1/streaming/user").await;
        assert!([401, 403].contains(&again.status), "{way}: {again:?}");
    }
    let last = witness.say("still here").await;
    heard.about("update", id(&last)).await;

    // A scope is asked for by each stream, whatever opened the socket.
    let narrow = token(alpha, "alice", "read:notifications").await;
    assert_eq!(ask(&narrow, "/api/v1/streaming/user").await.status, 403);
    let mut told = narrow.socket("").await;
    told.say(&json!({"type": "subscribe", "stream": "user"}));
    told.say(&json!({"type": "subscribe", "stream": "public"}));
    told.say(&json!({"type": "subscribe", "stream": "user:notification"}));
    told.until("a refusal", |event| event.event == "error").await;
    let word = witness.say("only for those who may read statuses").await;
    witness.post_status(json!({"status": "@alice hear this"})).await;
    told.until("the notification", |event| event.event == "notification").await;
    assert!(!told.told().iter().any(|told| told.ends_with(id(&word))), "{:?}", told.told());

    // What changes between people holds for the next event.
    let (alice, vera) = (&stage.alice, alpha.person("vera").await);
    vera.follow("alice").await;
    let mut home = vera.socket("stream=user").await;
    let first = alice.post_status(json!({"status": "first", "visibility": "private"})).await;
    home.about("update", id(&first)).await;
    vera.unfollow("alice").await;
    let unheard = alice.post_status(json!({"status": "for followers", "visibility": "private"})).await;
    let last = vera.say("mine").await;
    home.about("update", id(&last)).await;
    vera.follow("alice").await;
    alice.post(&format!("/api/v1/accounts/{}/block", vera.id), json!({})).await;
    let blocked = alice.say("not for those I block").await;
    let mut public = vera.socket("stream=public").await;
    let hidden = alice.say("nor this").await;
    let last = vera.say("mine again").await;
    home.about("update", id(&last)).await;
    public.about("update", id(&last)).await;
    for listener in [&home, &public] {
        for post in [&unheard, &blocked, &hidden] {
            assert!(!listener.told().iter().any(|told| told.ends_with(id(post))), "{:?}", listener.told());
        }
    }
}

/// Somebody in two browsers and with an app.
struct Seats {
    here: Visitor,
    there: Visitor,
    token: tintype_testkit::Client,
}

async fn seats(alpha: &Instance, app: &OAuthApp, person: &Person) -> Seats {
    let here = Visitor::signed_in(alpha, person).await;
    let there = Visitor::signed_in(alpha, person).await;
    let given = app.exchange(&app.code(&there, &[]).await, &[]).await.ok();
    let token = alpha.client().with_token(text(&given, "/access_token"));
    assert_eq!(ask(&token, ME).await.status, 200);
    assert_eq!(there.open("/settings").await.status, 200);
    Seats { here, there, token }
}

async fn is_out(visitor: &Visitor) -> bool {
    let page = visitor.open("/settings").await;
    page.status == 303 && page.header("location").is_some_and(|to| to.starts_with("/auth/sign_in"))
}

#[tokio::test]
async fn t046_a_new_password_ends_what_was_open() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    let app = OAuthApp::register(alpha, REDIRECT, "read write").await;
    for way in ["changed", "reset", "disabled", "suspended"] {
        let person = alpha.person(&format!("p_{way}")).await;
        let Seats { here, there, token } = seats(alpha, &app, &person).await;
        let code = app.code(&there, &[]).await;
        let open = streams(&token).await;
        match way {
            "changed" => {
                let form = form_token(&here.open("/settings").await);
                let fields = [
                    ("current_password", person.password.as_str()),
                    ("password", "a wholly new password"),
                    ("form_token", &form),
                ];
                let answer = here.post("/settings/password", &fields).await;
                assert_eq!(answer.header("location"), Some("/settings?done=password"), "{answer:?}");
                assert!(!is_out(&here).await, "who changes it stays");
            }
            "reset" => drop(alpha.cli(&["account", "reset-password", &person.username, "--json"]).await),
            "disabled" => drop(alpha.cli(&["account", "disable", &person.username, "--json"]).await),
            _ => drop(alpha.cli(&["account", "suspend", &person.username, "--json"]).await),
        }
        assert!(is_out(&there).await, "{way}: the other session");
        if way != "changed" {
            assert!(is_out(&here).await, "{way}: every session");
        }
        let answer = ask(&token, ME).await;
        if way == "changed" {
            // Who knows the old password and merely picks a new one keeps the apps, each of which can be revoked
            // (docs/accounts.md); a reset, which is what somebody does who was robbed, ends them all.
            assert_eq!(answer.status, 200, "{answer:?}");
            continue;
        }
        assert!([401, 403].contains(&answer.status), "{way}: {answer:?}");
        let late = app.exchange(&code, &[]).await;
        assert!([400, 401, 403].contains(&late.status), "{way}: a code given before: {late:?}");
        all_end(open).await;
        let old = Visitor::new(alpha).sign_in(&person.username, &person.password).await;
        assert!([401, 403].contains(&old.status), "{way}: {old:?}");
        if way == "reset" {
            assert_eq!(answer.status, 401, "{answer:?}");
        }
    }

    // Signing out ends the session here, not only the cookie.
    let person = alpha.person("gone").await;
    let Seats { here, there, token } = seats(alpha, &app, &person).await;
    let stolen = Visitor::new(alpha);
    let (name, value) = here.cookie("session").expect("a session");
    stolen.set_cookie(&name, &value);
    assert!(!is_out(&stolen).await);
    let form = form_token(&here.open("/settings").await);
    let answer = here.post("/auth/sign_out", &[("form_token", &form)]).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(here.cookie("session").is_none(), "the cookie is taken away");
    assert!(is_out(&stolen).await, "and what was copied of it is worth nothing");
    assert!(!is_out(&there).await, "others stay");
    assert_eq!(ask(&token, ME).await.status, 200);
}

#[tokio::test]
async fn t086_sessions_are_new_and_their_cookies_narrow() {
    let stage = Stage::set().await;
    let alpha = &stage.alpha;
    // A value that somebody put there before is not taken over.
    let probe = Visitor::signed_in(alpha, &stage.alice).await;
    let (name, _) = probe.cookie("session").expect("a session");
    let planted = "A".repeat(43);
    let victim = Visitor::new(alpha);
    victim.set_cookie(&name, &planted);
    victim.sign_in("alice", &stage.alice.password).await;
    let (_, value) = victim.cookie("session").expect("a session");
    assert_ne!(value, planted);
    let thief = Visitor::new(alpha);
    thief.set_cookie(&name, &planted);
    assert!(is_out(&thief).await);
    // Nor one that the attacker holds: it ends when somebody signs in over it, and the new one is another.
    let mallory = alpha.person("malva").await;
    let attacker = Visitor::signed_in(alpha, &mallory).await;
    let (_, held) = attacker.cookie("session").expect("a session");
    let victim = Visitor::new(alpha);
    victim.set_cookie(&name, &held);
    let form = form_token(&victim.open("/settings").await);
    let fields =
        [("username", "alice"), ("password", stage.alice.password.as_str()), ("form_token", form.as_str())];
    let answer = victim.post("/auth/sign_in", &fields).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let (_, fresh) = victim.cookie("session").expect("a session");
    assert_ne!(fresh, held);
    assert!(is_out(&attacker).await, "a session never changes hands");
    // Each sign-in is a session of its own, with a form token of its own.
    let (one, two) =
        (Visitor::signed_in(alpha, &stage.alice).await, Visitor::signed_in(alpha, &stage.alice).await);
    assert_ne!(one.cookie("session"), two.cookie("session"));
    assert_ne!(form_token(&one.open("/settings").await), form_token(&two.open("/settings").await));
    // Two cookies of the same name, one of them planted: nobody is mistaken for somebody else.
    let both = Visitor::new(alpha);
    let header = format!("{name}={planted}; {name}={fresh}");
    let page = both.send("GET", "/settings", &[("cookie", &header)], None).await;
    assert!(page.status == 303 || page.text().contains("alice"), "{page:?}");

    // With TLS in front, cookies are for this very host, hidden from scripts, and sent along by no other site.
    let secure = Instance::builder("beta")
        .below("example")
        .config("server.public_url", "https://photos.example")
        .config("net.allow", "[\"127.0.0.1/32:9\"]")
        .start()
        .await;
    let person = secure.person("alice").await;
    let visitor = Visitor::new(&secure);
    let page = visitor.open("/auth/sign_in").await;
    let form = form_token(&page);
    let fields =
        [("username", "alice"), ("password", person.password.as_str()), ("form_token", form.as_str())];
    let origin = [("origin", "https://photos.example")];
    let answer = visitor.send("POST", "/auth/sign_in", &origin, Some(&fields)).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    let cookies: Vec<String> = [&page, &answer].into_iter().flat_map(set_cookies).collect();
    assert!(cookies.len() >= 2, "{cookies:?}");
    for cookie in &cookies {
        let parts: Vec<String> = cookie.split(';').map(|part| part.trim().to_lowercase()).collect();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for part in ["secure", "httponly", "path=/"] {
            assert!(parts.iter().any(|found| found == part), "{part}: {cookie}");
        }
        assert!(parts.iter().any(|part| part == "samesite=lax" || part == "samesite=strict"), "{cookie}");
        assert!(!parts.iter().any(|part| part.starts_with("domain")), "{cookie}");
    }
    let settings = visitor.open("/settings").await;
    assert_eq!(settings.status, 200, "{settings:?}");
    wait::until("signed out", wait::PATIENCE, async || {
        let form = form_token(&visitor.open("/settings").await);
        let answer = visitor.send("POST", "/auth/sign_out", &origin, Some(&[("form_token", &form)])).await;
        (answer.status == 303).then_some(())
    })
    .await;
}
