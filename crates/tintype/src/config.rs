//! The configuration: a TOML file, then `TINTYPE__SECTION__KEY` variables over it. Everything has a default that is
//! right for one small machine; keys that don't exist are refused.

use std::{
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use tintype_federation::limits::Limits as Bounds;
use tintype_model::{Site, handle::canonical_domain};
use tintype_net::AllowRule;
use tintype_service::{FederationMode, Registrations};

use crate::proxies::Network;

/// The whole configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub domain: String,
    pub server: Server,
    pub instance: Instance,
    pub registrations: RegistrationRules,
    pub database: Database,
    pub media: Media,
    pub federation: Federation,
    pub net: Net,
    pub redis: Redis,
    pub rate_limits: RateLimits,
    pub log: Log,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    pub listen: SocketAddr,
    pub public_url: Option<String>,
    pub trusted_proxies: Vec<Network>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Instance {
    pub title: String,
    pub description: String,
    pub contact_email: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegistrationRules {
    pub mode: Registrations,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    pub url: String,
    pub synchronous: Synchronous,
    pub connections: u32,
}

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// Survives the death of the process.
    Normal,
    /// Survives a power cut too.
    Full,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    pub storage: Storage,
    pub path: PathBuf,
}

/// Where files are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// A local folder.
    Local,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Federation {
    pub mode: FederationMode,
    pub authorized_fetch: bool,
    pub first_retry_seconds: u64,
    pub limits: Bounds,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Net {
    pub allow: Vec<AllowRule>,
    pub ca_file: Option<PathBuf>,
    pub dns: Option<SocketAddr>,
}

/// What several processes of one instance share beside the database; lossy things only.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Redis {
    pub url: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateLimits {
    pub enabled: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub level: String,
    pub json: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            domain: "localhost:8080".into(),
            server: Server::default(),
            instance: Instance::default(),
            registrations: RegistrationRules::default(),
            database: Database::default(),
            media: Media::default(),
            federation: Federation::default(),
            net: Net::default(),
            redis: Redis::default(),
            rate_limits: RateLimits::default(),
            log: Log::default(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Default for Instance {
    fn default() -> Self {
        Self { title: "Tintype".into(), description: String::new(), contact_email: String::new() }
    }
}

impl Default for RegistrationRules {
    fn default() -> Self {
        Self { mode: Registrations::Open }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite://data/tintype.db".into(), synchronous: Synchronous::Normal, connections: 8 }
    }
}

impl Default for Media {
    fn default() -> Self {
        Self { storage: Storage::Local, path: "data/media".into() }
    }
}

impl Default for Federation {
    fn default() -> Self {
        Self {
            mode: FederationMode::Open,
            authorized_fetch: true,
            first_retry_seconds: 60,
            limits: Bounds::default(),
        }
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info,apalis_core=warn,sqlx=warn".into(), json: false }
    }
}

/// What every key means, but for those of `federation.limits`: the comments of `config example`.
const MEANINGS: &[(&str, &str)] = &[
    ("domain", "The domain of people's handles, with its port if it isn't 443. It can't change later."),
    ("server.listen", "The address and port that the server listens on."),
    (
        "server.public_url",
        "Scheme and host that people see. Default: https:// and the domain (http:// on localhost).",
    ),
    (
        "server.trusted_proxies",
        "Networks of reverse proxies whose X-Forwarded-For is believed: [\"127.0.0.1\", \"10.0.0.0/8\"].",
    ),
    ("instance.title", "What the instance calls itself."),
    ("instance.description", "A line about it, plain text."),
    ("instance.contact_email", "Where the people who run it can be reached."),
    ("registrations.mode", "Who may register: open, approval (somebody of the instance decides) or closed."),
    ("database.url", "sqlite://PATH or postgres://USER@HOST/NAME."),
    (
        "database.synchronous",
        "normal: survives the death of the process; full: survives a power cut too (SQLite).",
    ),
    ("database.connections", "Connections that read (SQLite), or all of them (PostgreSQL)."),
    ("media.storage", "Where files are kept: local."),
    ("media.path", "The folder of local files."),
    (
        "federation.mode",
        "Which servers to speak with: open (all but blocked ones), allowlist (allowed ones only) or off.",
    ),
    ("federation.authorized_fetch", "Whether other servers must sign what they fetch."),
    (
        "federation.first_retry_seconds",
        "The wait after a delivery's first failure, in seconds; it doubles, for days.",
    ),
    ("net.allow", "Exceptions to the rule that only public addresses are called: [\"10.0.0.7/32:8443\"]."),
    ("net.ca_file", "A PEM file of further certificate authorities."),
    ("net.dns", "The name server to ask instead of the system's: 127.0.0.1:5353."),
    (
        "redis.url",
        "redis://HOST:PORT/0, where processes of one instance tell each other what happened and share rate limits.",
    ),
    ("rate_limits.enabled", "Whether those who ask too often, or fail to sign in too often, have to wait."),
    ("log.level", "What is logged: error, warn, info, debug, or a filter such as info,tintype_net=debug."),
    ("log.json", "Log lines as JSON."),
];

/// What every key means, in the order of the example.
fn meanings() -> Vec<(String, String)> {
    let bounds = Bounds::table().into_iter().map(|bound| {
        let meaning = format!("{} From {} to {}.", bound.meaning, bound.least, bound.most);
        (format!("federation.limits.{}", bound.name), meaning)
    });
    let others = MEANINGS.iter().map(|(key, meaning)| ((*key).to_owned(), (*meaning).to_owned()));
    others.chain(bounds).collect()
}

impl Config {
    /// Reads `file` (or `tintype.toml` here, if there is one) and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let figment = Figment::from(Serialized::defaults(Config::default()));
        let figment = match file {
            Some(file) if !file.exists() => bail!("there is no configuration file {}", file.display()),
            Some(file) => figment.merge(Toml::file_exact(file)),
            None => figment.merge(Toml::file("tintype.toml")),
        };
        let config: Config =
            figment.merge(Env::prefixed("TINTYPE__").split("__")).extract().context("configuration")?;
        config.site()?;
        config
            .federation
            .limits
            .check()
            .map_err(|why| anyhow::anyhow!("configuration: federation.limits: {why}"))?;
        Ok(config)
    }

    /// Where the instance lives.
    pub fn site(&self) -> Result<Site> {
        let Some(domain) = canonical_domain(&self.domain) else {
            bail!("domain: {:?} is no domain", self.domain)
        };
        let scheme = if self.is_local()? { "http" } else { "https" };
        let base = self.server.public_url.clone().unwrap_or_else(|| format!("{scheme}://{domain}"));
        let url = url::Url::parse(&base).context("server.public_url")?;
        if url.path() != "/" || url.query().is_some() || !matches!(url.scheme(), "http" | "https") {
            bail!("server.public_url must be a scheme and a host: {base}");
        }
        if url.scheme() == "http" && !self.is_local()? && self.net.allow.is_empty() {
            bail!("server.public_url must be https, except on localhost");
        }
        Ok(Site { domain, base: base.trim_end_matches('/').to_owned(), title: self.instance.title.clone() })
    }

    /// Whether the domain is `localhost`, below it, or a loopback address.
    pub fn is_local(&self) -> Result<bool> {
        let url = url::Url::parse(&format!("http://{}/", self.domain)).context("domain")?;
        Ok(match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
            Some(url::Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            None => false,
        })
    }

    /// The default configuration with what every key means: `tintype config example`.
    pub fn example() -> Result<String> {
        let defaults = serde_json::to_value(Config::default())?;
        let mut out = String::from("# Tintype's configuration: every key, with its default.\n\n");
        let mut section = String::new();
        for (key, meaning) in meanings() {
            let (head, name) = key.rsplit_once('.').unwrap_or(("", &key));
            if head != section {
                let _ = writeln!(out, "[{head}]");
                head.clone_into(&mut section);
            }
            let value = defaults.pointer(&format!("/{}", key.replace('.', "/"))).cloned().unwrap_or_default();
            let line = match value {
                serde_json::Value::Null => format!("# {name} =\n\n"),
                value => format!("{name} = {value}\n\n"),
            };
            let _ = write!(out, "# {meaning}\n{line}");
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use tintype_federation::limits::Limit as Bound;

    use super::*;

    fn keys(prefix: &str, value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (name, value) in map {
                    keys(
                        &if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") },
                        value,
                        out,
                    );
                }
            }
            _ => out.push(prefix.to_owned()),
        }
    }

    #[test]
    fn every_key_is_explained_and_the_example_is_the_default() {
        let mut all = Vec::new();
        keys("", &serde_json::to_value(Config::default()).unwrap(), &mut all);
        let mut explained: Vec<String> = meanings().into_iter().map(|(key, _)| key).collect();
        all.sort();
        explained.sort();
        assert_eq!(all, explained);
        let read: Config = toml::from_str(&Config::example().unwrap()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), serde_json::to_value(Config::default()).unwrap());
    }

    /// `TINTYPE_WRITE_DOCS=1` writes the table anew.
    #[test]
    fn the_page_has_every_bound() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/federation.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once("<!-- bounds:begin -->\n").unwrap();
        let (shown, after) = rest.split_once("<!-- bounds:end -->").unwrap();
        let mut table =
            String::from("| Key | Default | Least | Most | What it bounds |\n|---|---|---|---|---|\n");
        for Bound { name, meaning, usual, least, most } in Bounds::table() {
            let _ = writeln!(table, "| `{name}` | {usual} | {least} | {most} | {meaning} |");
        }
        if std::env::var_os("TINTYPE_WRITE_DOCS").is_some() {
            let page = format!("{before}<!-- bounds:begin -->\n{table}<!-- bounds:end -->{after}");
            std::fs::write(path, page).unwrap();
        } else {
            assert!(shown == table, "docs/federation.md shows other bounds: TINTYPE_WRITE_DOCS=1");
        }
    }

    #[test]
    fn bounds_have_bounds() {
        let load = |bounds: &str| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("tintype.toml");
            std::fs::write(&file, format!("[federation.limits]\n{bounds}")).unwrap();
            Config::load(Some(&file)).map(|config| config.federation.limits)
        };
        assert_eq!(load("tags = 20").unwrap(), Bounds { tags: 20, ..Bounds::default() });
        let error = |bounds| format!("{:#}", load(bounds).unwrap_err());
        assert!(error("tags = 1").contains("federation.limits: tags must be between 16 and 10000"));
        assert!(error("tugs = 20").contains("tugs"));
    }

    #[test]
    fn wrong_keys_and_domains_are_refused() {
        assert!(toml::from_str::<Config>("domian = \"x.example\"").is_err());
        let site = |domain: &str, public: Option<&str>| {
            let mut config = Config { domain: domain.into(), ..Config::default() };
            config.server.public_url = public.map(str::to_owned);
            config.site().map(|s| s.base)
        };
        assert_eq!(site("Photos.Example", None).unwrap(), "https://photos.example");
        assert_eq!(site("alpha.localhost:4001", None).unwrap(), "http://alpha.localhost:4001");
        for (domain, public) in [
            ("a/b", None),
            ("", None),
            ("x.example", Some("http://x.example")),
            ("x.example", Some("https://x.example/y")),
        ] {
            assert!(site(domain, public).is_err(), "{domain} {public:?}");
        }
    }
}
