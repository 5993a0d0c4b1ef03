//! An instance without a worker.

use std::{future::IntoFuture as _, sync::Arc, time::Duration};

use serde_json::Value;
use tempfile::TempDir;
use tintype_federation::{
    Federation, IngestJob, Ingested, Settings,
    deliver::{self, Delivered, Waiting},
    outgoing::{self, DeliverJob},
    router,
};
use tintype_media::{MediaStore, Studio};
use tintype_model::{AccountId, Clock, IdGen, Page, Site, SystemClock, Visibility};
use tintype_service::{
    Ctx, Events, Outgoing, Policy,
    ctx::PasswordWork,
    follows::{self, FollowOptions},
    reading::Reading,
    registration::{self, NewPerson},
    statuses::{self, Draft},
    throttle::Throttle,
    views::StatusView,
};
use tintype_store::{Options, Store, accounts::Account, jobs::Job, statuses::Status};
use tintype_testkit::{
    Peer,
    peer::{Actor, Received},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// An instance at `alpha.localhost:PORT`, gone when dropped.
pub struct Here {
    pub ctx: Ctx,
    pub federation: Federation,
    server: JoinHandle<()>,
    _folder: TempDir,
}

/// An instance with alice on it, and another server with bob.
pub struct Stage {
    pub here: Here,
    pub peer: Peer,
    pub alice: Account,
    pub bob: Actor,
}

impl Stage {
    pub async fn set() -> Self {
        Self::set_with(Policy::default()).await
    }

    pub async fn set_with(policy: Policy) -> Self {
        let (here, peer) = (Here::open_with("alpha.localhost", policy).await, Peer::start().await);
        let (alice, bob) = (here.person("alice").await, peer.actor("bob"));
        Self { here, peer, alice, bob }
    }
}

/// A post as somebody writes it.
pub fn draft(text: &str, visibility: Visibility) -> Draft {
    Draft { text: text.to_owned(), visibility: Some(visibility), ..Draft::default() }
}

/// A document with a property changed.
pub fn with(mut document: Value, key: &str, value: Value) -> Value {
    document[key] = value;
    document
}

/// What was posted to the other server, in order.
pub fn posts(peer: &Peer) -> Vec<Received> {
    peer.received().into_iter().filter(|r| r.method == "POST").collect()
}

/// What was posted of one type.
pub fn told(peer: &Peer, kind: &str) -> Vec<Received> {
    posts(peer).into_iter().filter(|r| r.is(kind)).collect()
}

/// The strings of a list.
pub fn list(value: &Value) -> Vec<&str> {
    value.as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

impl Here {
    pub async fn open() -> Self {
        Self::open_at("alpha.localhost").await
    }

    pub async fn open_at(host: &str) -> Self {
        Self::open_with(host, Policy::default()).await
    }

    pub async fn open_with(host: &str, policy: Policy) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let domain = format!("{host}:{}", listener.local_addr().unwrap().port());
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("tintype.db").display());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let site =
            Site { base: format!("http://{domain}"), title: "Here".to_owned(), domain: domain.clone() };
        let ctx = Ctx {
            store: Store::open(&Options::new(url)).await.unwrap(),
            media: MediaStore::local(&folder.path().join("media"), [7; 32]).unwrap(),
            studio: Studio::new(tintype_media::Limits::default()),
            ids: IdGen::new(clock.clone()),
            clock,
            site: Arc::new(site),
            policy: Arc::new(policy),
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
        let settings = Settings { first_wait: Duration::from_millis(1), ..Settings::default() };
        let federation = Federation::new(ctx.clone(), net.unwrap(), settings).await.unwrap();
        let app = router(federation.clone());
        let server = tokio::spawn(async move {
            axum::serve(listener, app).into_future().await.unwrap();
        });
        Self { ctx, federation, server, _folder: folder }
    }

    pub fn url(&self, path: &str) -> String {
        self.ctx.site.page(path)
    }

    pub async fn person(&self, name: &str) -> Account {
        let person = NewPerson {
            username: name.to_owned(),
            email: format!("{name}@mail.example"),
            password: "correct horse".to_owned(),
            agreement: true,
            ..NewPerson::default()
        };
        let id = registration::register(&self.ctx, person).await.unwrap();
        self.account(id).await
    }

    pub async fn account(&self, id: AccountId) -> Account {
        self.ctx.store.read().await.unwrap().account(id).await.unwrap().unwrap()
    }

    pub async fn account_of(&self, uri: &str) -> Option<Account> {
        self.ctx.store.read().await.unwrap().account_by_uri(uri).await.unwrap()
    }

    pub async fn status_of(&self, uri: &str) -> Option<Status> {
        self.ctx.store.read().await.unwrap().status_by_uri(uri).await.unwrap()
    }

    pub async fn post(&self, author: &Account, draft: Draft) -> StatusView {
        statuses::publish(&self.ctx, &self.federation, author.id, None, draft).await.unwrap()
    }

    /// `who` follows the peer's actor, who accepts.
    pub async fn befriend(&self, who: &Account, peer: &Peer, actor: &Actor) -> Account {
        use tintype_service::Resolver as _;
        let handle = actor.handle().parse().unwrap();
        let id = self.federation.account(&handle).await.unwrap().unwrap();
        follows::follow(&self.ctx, who.id, id, FollowOptions::default()).await.unwrap();
        self.work().await;
        let follow = peer.received().iter().rev().find(|r| r.is("Follow")).unwrap().json();
        assert_eq!(peer.tell(actor, &who.uri, &peer.accept(actor, &follow)).await.status, 202);
        self.account(id).await
    }

    /// `actor` follows `who`, who is told so by their own server, and accepts.
    pub async fn followed_by(&self, who: &Account, peer: &Peer, actor: &Actor) {
        assert_eq!(peer.tell(actor, &who.uri, &peer.follow(actor, &who.uri)).await.status, 202);
        self.work().await;
    }

    pub async fn jobs(&self) -> Vec<Job> {
        let mut reader = self.ctx.store.read().await.unwrap();
        let mut jobs = reader.jobs(None, None, &Page::newest(1000)).await.unwrap();
        jobs.reverse();
        jobs
    }

    /// Runs every job until none is left that could be run now; those that wait stay.
    pub async fn work(&self) {
        let mut waiting = 0;
        loop {
            let jobs = self.jobs().await;
            let Some(job) = jobs.get(waiting) else { return };
            if Box::pin(self.run(job)).await {
                let mut tx = self.ctx.store.begin().await.unwrap();
                tx.drop_job(job.id).await.unwrap();
                tx.commit().await.unwrap();
            } else {
                waiting += 1;
            }
        }
    }

    async fn run(&self, job: &Job) -> bool {
        match job.queue.as_str() {
            "fan_out" => {
                let outgoing: Outgoing = job.payload().unwrap();
                outgoing::perform(&self.federation, &outgoing).await.unwrap();
                // It is at-least-once: a second time changes nothing.
                outgoing::perform(&self.federation, &outgoing).await.unwrap();
                true
            }
            "deliver" => {
                let DeliverJob { host } = job.payload().unwrap();
                deliver::run(&self.federation, &host, &Waiting::default()).await.unwrap() == Delivered::All
            }
            "ingest" => {
                let payload: IngestJob = job.payload().unwrap();
                matches!(Box::pin(self.federation.ingest(&payload, false)).await.unwrap(), Ingested::Done)
            }
            "read" => {
                let what: Reading = job.payload().unwrap();
                self.federation.read(&what).await.unwrap();
                true
            }
            // Ends of polls, at their time.
            "upkeep" => false,
            other => panic!("a job of {other}"),
        }
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.server.abort();
    }
}
