use super::*;

fn guard(local_mode: bool, rules: &[&str]) -> Guard {
    let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Guard::new(local_mode, rules, "own.example").unwrap()
}

/// `"ok"` or the refusal.
fn verdict(guard: &Guard, url: &str) -> String {
    match guard.check(Url::parse(url).unwrap()) {
        Ok(_) => "ok".to_owned(),
        Err(Error::Forbidden { why, .. }) => format!("{why:?}"),
        Err(other) => panic!("{url}: {other}"),
    }
}

#[test]
fn global_addresses_are_an_allow_list() {
    let lane = Lane { scheme: Scheme::Https, port: Some(443) };
    let guard = guard(false, &[]);
    for (address, global) in [
        ("1.1.1.1", true),
        ("8.8.8.8", true),
        ("100.63.255.255", true),
        ("100.128.0.0", true),
        ("172.15.255.255", true),
        ("172.32.0.0", true),
        ("192.0.1.1", true),
        ("192.167.255.255", true),
        ("198.17.255.255", true),
        ("198.20.0.0", true),
        ("223.255.255.255", true),
        ("0.0.0.0", false),
        ("0.1.2.3", false),
        ("10.0.0.1", false),
        ("100.64.0.0", false),
        ("100.127.255.255", false),
        ("127.0.0.1", false),
        ("127.255.255.254", false),
        ("169.254.169.254", false),
        ("172.16.0.1", false),
        ("172.31.255.255", false),
        ("192.0.0.8", false),
        ("192.0.0.170", false),
        ("192.0.2.1", false),
        ("192.31.196.1", false),
        ("192.52.193.1", false),
        ("192.88.99.1", false),
        ("192.168.0.1", false),
        ("192.175.48.1", false),
        ("198.18.0.1", false),
        ("198.19.255.255", false),
        ("198.51.100.1", false),
        ("203.0.113.1", false),
        ("224.0.0.1", false),
        ("239.255.255.255", false),
        ("240.0.0.1", false),
        ("255.255.255.255", false),
        ("2606:4700:4700::1111", true),
        ("2a01:4f8::1", true),
        ("2001:200::1", true),
        ("2001:4860:4860::8888", true),
        ("3fff:1000::1", true),
        ("::ffff:8.8.8.8", true),
        ("::", false),
        ("::1", false),
        ("::7f00:1", false),
        ("::8.8.8.8", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:169.254.169.254", false),
        ("::ffff:0:127.0.0.1", false),
        ("64:ff9b::7f00:1", false),
        ("64:ff9b::808:808", false),
        ("64:ff9b:1::1", false),
        ("100::1", false),
        ("100:0:0:1::1", false),
        ("2001::1", false),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", false),
        ("2001:2::1", false),
        ("2001:10::1", false),
        ("2001:20::1", false),
        ("2001:1ff::1", false),
        ("2001:db8::1", false),
        ("2002:7f00:1::1", false),
        ("2620:4f:8000::1", false),
        ("3ffe::1", false),
        ("3fff::1", false),
        ("3fff:fff::1", false),
        ("4000::1", false),
        ("5f00::1", false),
        ("fc00::1", false),
        ("fd12:3456::1", false),
        ("fe80::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
    ] {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(is_global(address), global, "{address}");
        assert_eq!(guard.admits(lane, address), global, "{address}");
    }
}

#[test]
fn urls_without_exceptions() {
    let guard = guard(false, &[]);
    for (url, expected) in [
        ("https://far.example/", "ok"),
        ("https://far.example:443/", "ok"),
        ("https://far.example./", "ok"),
        ("https://FAR.example/%2e%2e/x?y#z", "ok"),
        ("https://münchen.example/", "ok"),
        ("https://_x.far.example/", "ok"),
        ("https://8.8.8.8/", "ok"),
        ("https://[2606:4700:4700::1111]/", "ok"),
        ("http://far.example/", "Scheme"),
        ("http://far.example:443/", "Scheme"),
        ("file:///etc/passwd", "Scheme"),
        ("data:text/plain,x", "Scheme"),
        ("gopher://far.example/", "Scheme"),
        ("ftp://far.example/", "Scheme"),
        ("unix:/run/x.sock", "Scheme"),
        ("https://far.example:80/", "Port"),
        ("https://far.example:8443/", "Port"),
        ("https://far.example:0/", "Port"),
        ("https://user@far.example/", "Userinfo"),
        ("https://:secret@far.example/", "Userinfo"),
        ("https://far.example../", "Host"),
        ("https://./", "Host"),
        ("https://far..example/", "Host"),
        ("https://a$b.example/", "Host"),
        ("https://own.example/", "OwnDomain"),
        ("https://OWN.example:443/users/x", "OwnDomain"),
        ("https://own.example./", "OwnDomain"),
        ("https://127.0.0.1/", "Address"),
        ("https://127.1/", "Address"),
        ("https://127.0.0.1./", "Address"),
        ("https://2130706433/", "Address"),
        ("https://0x7f000001/", "Address"),
        ("https://0177.0.0.1/", "Address"),
        ("https://１２７.0.0.1/", "Address"),
        ("https://0/", "Address"),
        ("https://10.1.2.3/", "Address"),
        ("https://169.254.169.254/latest/", "Address"),
        ("https://[::]/", "Address"),
        ("https://[::1]/", "Address"),
        ("https://[::ffff:127.0.0.1]/", "Address"),
        ("https://[::127.0.0.1]/", "Address"),
        ("https://[fe80::1]/", "Address"),
        ("https://[fd00::1]/", "Address"),
        ("https://[64:ff9b::7f00:1]/", "Address"),
    ] {
        assert_eq!(verdict(&guard, url), expected, "{url}");
    }
    let long = format!("https://{}.example/", ["a".repeat(60).as_str(); 5].join("."));
    assert_eq!(verdict(&guard, &long), "Host");
}

#[test]
fn exceptions_are_exact() {
    let guard = guard(false, &["127.0.0.2/32:8443", "10.0.0.0/8:443", "[::1]/128:*"]);
    for (url, expected) in [
        ("https://127.0.0.2:8443/", "ok"),
        ("http://127.0.0.2:8443/", "ok"),
        ("https://127.0.0.2/", "Address"),
        ("https://127.0.0.2:8444/", "Address"),
        ("https://127.0.0.1:8443/", "Address"),
        ("https://8.8.8.8:8443/", "Address"),
        ("http://8.8.8.8:8443/", "Address"),
        ("https://10.9.9.9/", "ok"),
        ("http://10.9.9.9:443/", "ok"),
        ("http://10.9.9.9/", "Address"),
        ("https://[::1]:5/", "ok"),
        ("http://[::1]/", "ok"),
        ("https://[::2]:5/", "Address"),
        ("http://8.8.8.8/", "Address"),
    ] {
        assert_eq!(verdict(&guard, url), expected, "{url}");
    }
}

#[test]
fn local_mode_opens_loopback_and_ports_only() {
    let guard = Guard::new(true, Vec::new(), "localhost:3000").unwrap();
    for (url, expected) in [
        ("http://127.0.0.1:3001/", "ok"),
        ("http://[::1]:3001/", "ok"),
        ("http://bob.localhost:3000/", "ok"),
        ("https://8.8.8.8:8443/", "ok"),
        ("http://localhost:3001/", "ok"),
        ("http://localhost:3000/", "OwnDomain"),
        ("https://LOCALHOST.:3000/", "OwnDomain"),
        ("http://8.8.8.8:3001/", "Address"),
        ("https://10.0.0.1/", "Address"),
        ("http://169.254.169.254/", "Address"),
        ("file:///etc/passwd", "Scheme"),
    ] {
        assert_eq!(verdict(&guard, url), expected, "{url}");
    }
}

#[test]
fn what_is_called_is_canonical() {
    let guard = guard(false, &[]);
    let (url, lane) = guard.check(Url::parse("HTTPS://Far.Example.:443/a/../b?q#frag").unwrap()).unwrap();
    assert_eq!(url.as_str(), "https://far.example/b?q");
    assert_eq!(lane, Lane { scheme: Scheme::Https, port: Some(443) });
}

#[test]
fn every_checked_url_has_its_lane() {
    let guard = guard(true, &["127.0.0.2/32:8443", "[::1]/128:*"]);
    let lanes = guard.lanes();
    assert_eq!(lanes.len(), 6);
    for url in ["https://a.example/", "http://a.example:8443/", "http://a.example/", "https://a.example:9/"] {
        let (_, lane) = guard.check(Url::parse(url).unwrap()).unwrap();
        assert!(lanes.contains(&lane), "{url} {lane:?}");
    }
    let strict = super::Guard::new(false, Vec::new(), "own.example").unwrap();
    assert_eq!(strict.lanes(), [Lane { scheme: Scheme::Https, port: Some(443) }]);
}

#[test]
fn own_domain_must_be_one() {
    for own in ["", "a/b", "a?b", "user@a", "a:b", "https://a", "a..b"] {
        assert!(matches!(Guard::new(false, Vec::new(), own), Err(Error::Settings(_))), "{own}");
    }
}
