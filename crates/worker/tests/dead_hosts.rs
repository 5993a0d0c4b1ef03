//! A post reaches the hosts that answer, however many others don't.

// What is below `cfg(test)` may unwrap.
#![cfg(test)]

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use tempfile::TempDir;
use tintype_federation::{Federation, Settings};
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, Clock, IdGen, Millis, Site, SystemClock, Visibility, random};
use tintype_service::{
    Ctx, Events, Policy,
    ctx::PasswordWork,
    registration::{self, NewPerson},
    statuses::{self, Draft},
    throttle::Throttle,
};
use tintype_store::{
    Options, Store,
    accounts::Account,
    follows::{Follow, FollowState},
};
use tintype_testkit::{Peer, wait};
use tokio::{net::TcpSocket, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// More than there are hands for.
const DEAD: usize = 700;
const ALIVE: usize = 60;
/// From a post to the last host that answers.
const LIMIT: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_answer_do_not_wait_for_those_that_do_not() {
    let (ctx, federation, _folder) = open().await;
    let author = person(&ctx).await;
    let peer = Peer::start().await;
    // Takes connections, accepts none.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let silent = socket.listen(4096).unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    for number in 0..DEAD {
        follow(&ctx, &author, &format!("a{number:04}.localhost:{silent_port}")).await;
    }
    for number in 0..ALIVE {
        follow(&ctx, &author, &format!("b{number:04}.localhost:{}", peer.port())).await;
    }
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let holder = format!("{:016x}", u64::from_le_bytes(random::bytes()));
    let work = tintype_worker::runtime(&ctx, &federation, holder);
    let work = tokio::spawn(async move { work.run(stopped.cancelled()).await });
    let mut work = AbortOnDropHandle::new(work);

    let told: Arc<Mutex<HashSet<(String, String)>>> = Arc::default();
    let tells = Arc::clone(&told);
    peer.script(move |request| {
        let json = request.json();
        let text = json.pointer("/object/content").and_then(|html| html.as_str());
        tells.lock().unwrap().insert((text.unwrap_or_default().to_owned(), request.host.clone()));
        None
    });
    for text in ["first", "second"] {
        let draft = Draft { text: text.to_owned(), visibility: Some(Visibility::Public), ..Draft::default() };
        let began = Instant::now();
        statuses::publish(&ctx, &federation, author.id, None, draft).await.unwrap();
        let html = format!("<p>{text}</p>");
        wait::until("the post at every host that answers", LIMIT, async || {
            let told = told.lock().unwrap().iter().filter(|(content, _)| *content == html).count();
            (told == ALIVE).then_some(())
        })
        .await;
        println!("the {text} post was at {ALIVE} of {} hosts after {:?}", ALIVE + DEAD, began.elapsed());
    }
    stop.cancel();
    let _ = tokio::time::timeout(Duration::from_secs(1), &mut work).await;
}

/// An instance in local mode, that serves nothing.
async fn open() -> (Ctx, Federation, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let domain = "here.localhost:9".to_owned();
    let site = Site { base: format!("http://{domain}"), title: "Here".to_owned(), domain: domain.clone() };
    let url = format!("sqlite://{}", folder.path().join("tintype.db").display());
    let ctx = Ctx {
        store: Store::open(&Options::new(url)).await.unwrap(),
        media: MediaStore::local(&folder.path().join("media"), [7; 32]).unwrap(),
        studio: Studio::new(tintype_media::Limits::default()),
        ids: IdGen::new(clock.clone()),
        clock,
        site: Arc::new(site),
        policy: Arc::new(Policy::default()),
        events: Events::default(),
        passwords: PasswordWork::default(),
        strangers: Throttle::default(),
    };
    let net = tintype_net::Client::new(tintype_net::Settings {
        local_mode: true,
        allow: Vec::new(),
        ca_file: None,
        dns: None,
        user_agent: "Tintype tests".to_owned(),
        own_domain: domain,
        limits: tintype_net::Limits::default(),
    });
    let federation = Federation::new(ctx.clone(), net.unwrap(), Settings::default()).await.unwrap();
    (ctx, federation, folder)
}

async fn person(ctx: &Ctx) -> Account {
    let person = NewPerson {
        username: "author".to_owned(),
        email: "author@mail.example".to_owned(),
        password: "correct horse".to_owned(),
        agreement: true,
        ..NewPerson::default()
    };
    let id = registration::register(ctx, person).await.unwrap();
    ctx.store.read().await.unwrap().account(id).await.unwrap().unwrap()
}

/// Somebody of another server, who follows.
async fn follow(ctx: &Ctx, author: &Account, domain: &str) {
    let uri = format!("http://{domain}/users/fan");
    let fan = Account {
        id: ctx.ids.next::<AccountId>(),
        username: "fan".to_owned(),
        domain: Some(domain.to_owned()),
        acct_key: format!("fan@{domain}"),
        local: false,
        url: format!("http://{domain}/@fan"),
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: None,
        followers_url: None,
        featured_url: None,
        public_key_id: None,
        uri: uri.clone(),
        ..author.clone()
    };
    let follow = Follow {
        id: ctx.ids.next(),
        follower_id: fan.id,
        target_id: author.id,
        uri: format!("{uri}#follow"),
        state: FollowState::Accepted,
        show_reblogs: true,
        notify: false,
        created_at: Millis(1),
    };
    let mut tx = ctx.store.begin().await.unwrap();
    assert!(tx.insert_account(&fan).await.unwrap());
    tx.insert_follow(&follow).await.unwrap();
    tx.commit().await.unwrap();
}
