//! How often whom may ask (<https://docs.joinmastodon.org/api/rate-limits/>). The route table names a class for every
//! row, this names the budgets, and the gate of [`crate::auth`] asks here once per request.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use tintype_model::Millis;
use tintype_service::throttle::{Allowance, Throttle, source};

use crate::{ApiError, Grant, route::RateClass};

/// The headers that tell a client about its budget; the moment is ISO 8601, not seconds.
const HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

const TOKEN: Allowance = allowance(300, 5);
const PERSON: Allowance = allowance(1500, 5);
const ADDRESS: Allowance = allowance(300, 5);
const PAGING: Allowance = allowance(300, 15);
const UPLOAD: Allowance = allowance(30, 30);
const REMOVAL: Allowance = allowance(30, 30);
const SIGN_UP: Allowance = allowance(5, 30);
const SIGN_UP_PAGE: Allowance = allowance(25, 5);
const OAUTH: Allowance = allowance(30, 5);

/// The parameters of somebody who pages: the first page of a list doesn't count as paging.
const PAGES: [&str; 4] = ["max_id", "min_id", "since_id", "page"];

const fn allowance(times: u32, minutes: u64) -> Allowance {
    Allowance { times, window: Duration::from_mins(minutes) }
}

/// The budgets of an instance. Cheap to clone; clones share the counts.
#[derive(Debug, Clone)]
pub struct Limits(Option<Throttle>);

/// Who asks, as far as budgets go.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// What the token opens, if there was a good one.
    pub grant: Option<&'a Grant>,
    /// Where the request comes from.
    pub address: Option<IpAddr>,
    /// Whether it asks for a later page of a list.
    pub pages: bool,
}

/// What is left of the budget that is nearest to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    limit: u32,
    used: u32,
    ends: Millis,
}

impl Limits {
    /// Counts with this.
    pub fn of(throttle: Throttle) -> Self {
        Self(Some(throttle))
    }

    /// Counts nothing and lets everybody ask as often as they like.
    pub fn none() -> Self {
        Self(None)
    }

    /// Counts a request. `None` when nothing is counted.
    pub async fn count(&self, now: Millis, class: RateClass, asking: Asking<'_>) -> Option<Budget> {
        let throttle = self.0.as_ref()?;
        let names = names(class, asking);
        let counts = throttle.count(now, &names).await;
        let budgets = names.iter().zip(counts).map(|((_, allowance), count)| Budget {
            limit: allowance.times,
            used: count.used,
            ends: count.ends,
        });
        budgets.min_by_key(|budget| (budget.admits(), budget.remaining()))
    }
}

impl Budget {
    /// Whether this request is within it.
    pub fn admits(&self) -> bool {
        self.used <= self.limit
    }

    fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    /// The answer to a request beyond it.
    pub fn refusal(&self, now: Millis) -> Response {
        let seconds = (self.ends.0.saturating_sub(now.0).max(0) + 999) / 1000;
        ApiError::TooMany { retry_after: u32::try_from(seconds).ok() }.into_response()
    }

    /// Tells the client.
    pub fn tell(&self, response: &mut Response) {
        let values = [self.limit.to_string(), self.remaining().to_string(), self.ends.rfc3339()]
            .map(HeaderValue::try_from);
        for (name, value) in HEADERS.into_iter().zip(values) {
            if let Ok(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
    }
}

/// Where a request comes from: the address that the server put there, a trusted proxy's client already.
pub fn address(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// Whether a query string asks for a later page.
pub fn pages(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| PAGES.contains(&&*name))
}

/// The names that a request is counted under: those of its sender in general, and those of its class.
fn names(class: RateClass, asking: Asking<'_>) -> Vec<(String, Allowance)> {
    let address = asking.address.map(|address| format!("address {}", source(address)));
    let person =
        asking.grant.and_then(|grant| grant.person.as_ref()).map(|p| format!("person {}", p.account));
    let mut names = Vec::with_capacity(3);
    match asking.grant {
        Some(grant) => names.push((format!("token {}", grant.token), TOKEN)),
        None => names.extend(address.clone().map(|name| (name, ADDRESS))),
    }
    names.extend(person.clone().map(|name| (name, PERSON)));
    let special = match class {
        RateClass::General => None,
        RateClass::Paging => asking.pages.then_some((person.or(address), "paging", PAGING)),
        RateClass::Upload => Some((person.or(address), "upload", UPLOAD)),
        RateClass::Removal => Some((person.or(address), "removal", REMOVAL)),
        RateClass::SignUp => Some((address, "sign-up", SIGN_UP)),
        RateClass::SignUpPage => Some((address, "sign-up page", SIGN_UP_PAGE)),
        RateClass::OAuth => Some((address, "oauth", OAUTH)),
    };
    if let Some((Some(who), what, allowance)) = special {
        names.push((format!("{what} {who}"), allowance));
    }
    names
}

#[cfg(test)]
mod tests {
    use tintype_model::{AccountId, AppId, Role, TokenId};

    use super::*;
    use crate::auth::Person;

    /// Names and how often each may ask.
    type Wanted = &'static [(&'static str, u32)];

    fn grant(token: i64, person: Option<i64>) -> Grant {
        Grant {
            token: TokenId(token),
            app: AppId(1),
            scopes: "read".parse().unwrap(),
            person: person.map(|id| Person { account: AccountId(id), role: Role::Member }),
        }
    }

    #[test]
    fn every_class_has_its_names() {
        let (person, app) = (grant(7, Some(9)), grant(8, None));
        let address = "192.0.2.1".parse().ok();
        let from = |grant, pages| Asking { grant, address, pages };
        let table: [(RateClass, Asking<'_>, Wanted); 8] = [
            (RateClass::General, from(None, true), &[("address 192.0.2.1", 300)]),
            (RateClass::General, from(Some(&person), true), &[("token 7", 300), ("person 9", 1500)]),
            (RateClass::Paging, from(Some(&person), false), &[("token 7", 300), ("person 9", 1500)]),
            (
                RateClass::Paging,
                from(Some(&person), true),
                &[("token 7", 300), ("person 9", 1500), ("paging person 9", 300)],
            ),
            (
                RateClass::Paging,
                from(None, true),
                &[("address 192.0.2.1", 300), ("paging address 192.0.2.1", 300)],
            ),
            (
                RateClass::Upload,
                from(Some(&person), false),
                &[("token 7", 300), ("person 9", 1500), ("upload person 9", 30)],
            ),
            (
                RateClass::SignUp,
                from(Some(&app), false),
                &[("token 8", 300), ("sign-up address 192.0.2.1", 5)],
            ),
            (
                RateClass::OAuth,
                from(None, false),
                &[("address 192.0.2.1", 300), ("oauth address 192.0.2.1", 30)],
            ),
        ];
        for (class, asking, wanted) in table {
            let found = names(class, asking);
            let found: Vec<(&str, u32)> = found.iter().map(|(name, a)| (name.as_str(), a.times)).collect();
            assert_eq!(found, wanted, "{class:?} {asking:?}");
        }
    }

    #[tokio::test]
    async fn the_budget_nearest_to_its_end_is_told() {
        let limits = Limits::of(Throttle::default());
        let person = grant(7, Some(9));
        let asking = Asking { grant: Some(&person), address: None, pages: false };
        let now = Millis(1_000_000);
        for used in 1..=30 {
            let budget = limits.count(now, RateClass::Removal, asking).await.unwrap();
            assert!(budget.admits());
            assert_eq!((budget.limit, budget.remaining()), (30, 30 - used));
        }
        let spent = limits.count(now, RateClass::Removal, asking).await.unwrap();
        assert!(!spent.admits());
        let mut refused = spent.refusal(now);
        spent.tell(&mut refused);
        assert_eq!(refused.status(), 429);
        for (name, value) in [
            ("retry-after", "1800"),
            ("x-ratelimit-limit", "30"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1970-01-01T00:46:40.000Z"),
        ] {
            assert_eq!(refused.headers()[name], value);
        }
        let general = limits.count(now, RateClass::General, asking).await.unwrap();
        assert_eq!((general.admits(), general.limit, general.used), (true, 300, 32));
        assert_eq!(Limits::none().count(now, RateClass::General, asking).await, None);
    }

    #[test]
    fn later_pages_are_told_from_first_ones() {
        for (query, paged) in [
            ("", false),
            ("limit=40", false),
            ("limit=40&max_id=9", true),
            ("min_id=0", true),
            ("max%5Fid=9", true),
            ("xpage=1", false),
        ] {
            assert_eq!(pages(query), paged, "{query}");
        }
    }
}
