//! Lists of domains, as those who run instances pass them around: in Mastodon's CSV
//! (`#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate`), or a domain a line.

use std::collections::HashSet;

use tintype_store::domain_rules::names_of;

use crate::{
    Ctx, Error, Result,
    domain_blocks::foreign,
    domains::{self, DomainOptions, DomainRule, Severity},
};

/// The largest list, in bytes.
pub const BYTES: usize = 8 * 1024 * 1024;
/// The longest list.
pub const ROWS: usize = 50_000;
/// The longest comment that is kept, in bytes.
const COMMENT_BYTES: usize = 2048;

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// There was no rule for it; now there is.
    Added(Severity),
    /// There was a milder one.
    Tightened(Severity),
    /// What there is is as strict, or an exception that somebody made.
    Kept,
    /// It can't be used, and why.
    Rejected(String),
}

/// A row of a list and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its first line in the list, counted from 1.
    pub line: usize,
    /// As the list spells it.
    pub domain: String,
    pub outcome: Outcome,
}

/// Takes over a list of domains, or only says what would come of it. What stands is never weakened.
///
/// Errors: `Invalid` for a list that is too long or no list; what is wrong with single rows is in the result.
pub async fn import(ctx: &Ctx, list: &str, dry_run: bool) -> Result<Vec<Imported>> {
    if list.len() > BYTES {
        return Err(Error::invalid(format!("The list is too large (maximum is {BYTES} bytes)")));
    }
    let rows = parse(list).map_err(Error::invalid)?;
    // A list is long, and nearly all that is on it is of no account here.
    let known = ctx.store.read_unhurried().await?.known_domains().await?;
    let known: HashSet<&str> = known.iter().flat_map(|domain| names_of(domain)).collect();
    let mut seen = HashSet::new();
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let outcome = match take(ctx, &row, &known, &mut seen, dry_run).await {
            Ok(outcome) => outcome,
            Err(Error::Invalid(why)) => Outcome::Rejected(why.to_string()),
            Err(error) => return Err(error),
        };
        outcomes.push(Imported { line: row.line, domain: row.domain, outcome });
    }
    Ok(outcomes)
}

async fn take(
    ctx: &Ctx,
    row: &Row,
    known: &HashSet<&str>,
    seen: &mut HashSet<String>,
    dry_run: bool,
) -> Result<Outcome> {
    let severity = match row.severity.to_ascii_lowercase().as_str() {
        "" | "suspend" | "block" => Severity::Block,
        "silence" | "limit" => Severity::Limit,
        other => return Ok(Outcome::Rejected(format!("the severity {other:?} is not used here"))),
    };
    let domain = foreign(ctx, &row.domain)?;
    if !domain.contains(['.', ':']) && domain != "localhost" {
        return Ok(Outcome::Rejected("that is no domain of a server".to_owned()));
    }
    if !seen.insert(domain.clone()) {
        return Ok(Outcome::Rejected("it is in the list twice".to_owned()));
    }
    let standing = ctx.store.read().await?.domain_rule(&domain).await?;
    let mut options = DomainOptions {
        reject_media: row.reject_media,
        reject_reports: row.reject_reports,
        public_comment: Some(row.public_comment.clone()),
        private_comment: None,
    };
    let outcome = match standing {
        None => Outcome::Added(severity),
        Some(rule) => {
            if rule.severity == Severity::Allow || !is_stricter(severity, &options, &rule) {
                return Ok(Outcome::Kept);
            }
            let severity = if rule.severity == Severity::Block { rule.severity } else { severity };
            options.reject_media |= rule.reject_media;
            options.reject_reports |= rule.reject_reports;
            options.public_comment = rule.public_comment.or(options.public_comment);
            options.private_comment = rule.private_comment;
            Outcome::Tightened(severity)
        }
    };
    let severity = match outcome {
        Outcome::Added(severity) | Outcome::Tightened(severity) => severity,
        Outcome::Kept | Outcome::Rejected(_) => return Ok(outcome),
    };
    match severity {
        _ if dry_run => {}
        severity if !known.contains(domain.as_str()) => {
            domains::foresee(ctx, &domain, severity, options).await?;
        }
        Severity::Limit => domains::limit(ctx, &domain, options).await?,
        _ => domains::block(ctx, &domain, options).await?,
    }
    Ok(outcome)
}

/// Whether a row asks for more than a rule already does.
fn is_stricter(severity: Severity, options: &DomainOptions, rule: &DomainRule) -> bool {
    (severity == Severity::Block && rule.severity != Severity::Block)
        || (options.reject_media && !rule.reject_media)
        || (options.reject_reports && !rule.reject_reports)
}

/// All blocked and limited domains as a list in Mastodon's CSV. Exceptions and private comments stay at home.
pub async fn export(ctx: &Ctx) -> Result<String> {
    const HEAD: &str = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n";
    let mut lines = vec![HEAD.to_owned()];
    for rule in domains::list(ctx).await? {
        let severity = match rule.severity {
            Severity::Block => "suspend",
            Severity::Limit => "silence",
            Severity::Allow => continue,
        };
        let comment = quoted(rule.public_comment.as_deref().unwrap_or_default());
        let (domain, media, reports) = (quoted(&rule.domain), rule.reject_media, rule.reject_reports);
        lines.push(format!("{domain},{severity},{media},{reports},{comment},false\n"));
    }
    Ok(lines.concat())
}

/// A field of CSV (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return quoted(&format!("'{text}"));
    }
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Row {
    line: usize,
    domain: String,
    /// Empty where the list has no such column.
    severity: String,
    reject_media: bool,
    reject_reports: bool,
    public_comment: String,
}

/// The rows of a list. The first line may name the columns, with a `#` or without; without names they are Mastodon's.
fn parse(list: &str) -> Result<Vec<Row>, String> {
    let list = list.strip_prefix('\u{feff}').unwrap_or(list);
    let mut columns = ["domain", "severity", "reject_media", "reject_reports", "public_comment"]
        .map(str::to_owned)
        .to_vec();
    let mut rows = Vec::new();
    for (line, fields) in records(list)? {
        let first = fields.first().map(|field| field.trim()).unwrap_or_default();
        let is_name = |field: &String| field.trim().trim_start_matches('#').eq_ignore_ascii_case("domain");
        if rows.is_empty() && fields.iter().any(is_name) {
            let name = |field: &String| field.trim().trim_start_matches('#').to_ascii_lowercase();
            columns = fields.iter().map(name).collect();
            continue;
        }
        // Comments, and lines with nothing on them.
        if first.starts_with('#') || fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if rows.len() == ROWS {
            return Err(format!("The list is too long (maximum is {ROWS} domains)"));
        }
        rows.push(row(line, &columns, &fields));
    }
    Ok(rows)
}

fn row(line: usize, columns: &[String], fields: &[String]) -> Row {
    let field = |name: &str| {
        let at = columns.iter().position(|column| column == name);
        at.and_then(|at| fields.get(at)).map(|field| field.trim().replace('\0', "")).unwrap_or_default()
    };
    let truth = |name: &str| matches!(field(name).to_ascii_lowercase().as_str(), "true" | "t" | "1" | "yes");
    let mut comment = field("public_comment");
    while comment.len() > COMMENT_BYTES {
        comment.pop();
    }
    Row {
        line,
        domain: field("domain"),
        severity: field("severity"),
        reject_media: truth("reject_media"),
        reject_reports: truth("reject_reports"),
        public_comment: comment,
    }
}

/// The records of a CSV text (RFC 4180), each with its first line.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let (mut records, mut fields, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut first, mut inside) = (1, 1, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if inside && rest.peek() == Some(&'"') => {
                rest.next();
                field.push('"');
            }
            '"' if inside => inside = false,
            '"' if field.trim().is_empty() => {
                field.clear();
                inside = true;
            }
            ',' if !inside => fields.push(std::mem::take(&mut field)),
            '\n' if !inside => {
                line += 1;
                fields.push(std::mem::take(&mut field));
                records.push((first, std::mem::take(&mut fields)));
                first = line;
            }
            '\r' if !inside => {}
            c => {
                line += usize::from(c == '\n');
                field.push(c);
            }
        }
    }
    if inside {
        return Err(format!("The list ends inside the quotation marks that begin in line {first}"));
    }
    if !field.is_empty() || !fields.is_empty() {
        fields.push(field);
        records.push((first, fields));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domains::Admission, given::instance, given_posts::stranger};

    #[test]
    fn lists_in_every_spelling() {
        let plain = |line, domain: &str| Row { line, domain: domain.to_owned(), ..Row::default() };
        for list in [
            "a.example\nb.example",
            "\u{feff}a.example\r\n\r\n# spam\r\n b.example ,\r\n",
            "domain\na.example\nb.example\n",
        ] {
            let domains: Vec<String> = parse(list).unwrap().into_iter().map(|row| row.domain).collect();
            assert_eq!(domains, ["a.example", "b.example"], "{list:?}");
        }
        let mastodon = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
             a.example,suspend,False,TRUE,\"Spam, and \"\"more\"\"\nof it\",False\nb.example,silence,1,,,\n";
        let first = Row {
            severity: "suspend".to_owned(),
            reject_reports: true,
            public_comment: "Spam, and \"more\"\nof it".to_owned(),
            ..plain(2, "a.example")
        };
        let second = Row { severity: "silence".to_owned(), reject_media: true, ..plain(4, "b.example") };
        assert_eq!(parse(mastodon).unwrap(), [first, second]);
        let turned = "severity,domain\nsilence,a.example\n";
        assert_eq!(parse(turned).unwrap(), [Row { severity: "silence".to_owned(), ..plain(2, "a.example") }]);
        assert_eq!(parse("a.example,silence").unwrap()[0].severity, "silence", "without names");
        assert_eq!(parse("").unwrap(), []);
        assert!(parse("a.example,\"x\nb.example").is_err());
        assert!(parse(&"a.example\n".repeat(ROWS + 1)).is_err());
        assert_eq!(
            parse(&format!("a.example,suspend,,,{}", "é".repeat(9999))).unwrap()[0].public_comment.len(),
            2048
        );
    }

    #[tokio::test]
    async fn a_list_is_taken_over_and_weakens_nothing() {
        let (ctx, _dir) = instance().await;
        let reason =
            |text: &str| DomainOptions { private_comment: Some(text.to_owned()), ..DomainOptions::default() };
        domains::block(&ctx, "blocked.example", reason("ours")).await.unwrap();
        domains::limit(&ctx, "limited.example", reason("ours")).await.unwrap();
        domains::allow(&ctx, "friend.example", reason("ours")).await.unwrap();
        let bob = stranger(&ctx, "bob@social.new.example:8443").await;
        let list = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
             NEW.example.,suspend,,,spam,\nblocked.example,silence,,,,\nx.blocked.example,silence,,,,\n\
             blocked.example:8443,silence,,,,\nlimited.example,suspend,true,,,\nfriend.example,suspend,,,,\n\
             quiet.example,silence,,true,,\nodd.example,noop,,,,\nphotos.example,suspend,,,,\nst*rs.example,suspend,,,,\n\
             new.example:443,suspend,,,,\nbücher.example,suspend,,,,\ncom,suspend,,,,\n";
        let outcomes = async |dry| {
            let all = import(&ctx, list, dry).await.unwrap();
            all.into_iter().map(|row| (row.line, row.outcome)).collect::<Vec<_>>()
        };
        let before = domains::list(&ctx).await.unwrap();
        let dry = outcomes(true).await;
        assert_eq!(domains::list(&ctx).await.unwrap(), before, "only looked");
        let rejected: Vec<usize> =
            dry.iter().filter(|(_, o)| matches!(o, Outcome::Rejected(_))).map(|(line, _)| *line).collect();
        assert_eq!(rejected, [9, 10, 11, 12, 14]);
        assert_eq!(dry[0].1, Outcome::Added(Severity::Block));
        for kept in [1, 2, 3, 5] {
            assert_eq!(dry[kept].1, Outcome::Kept, "{kept}");
        }
        assert_eq!(dry[4].1, Outcome::Tightened(Severity::Block));
        assert_eq!(dry[6].1, Outcome::Added(Severity::Limit));
        assert_eq!(outcomes(false).await, dry);
        for (domain, expected) in [
            ("new.example", Admission::Refused),
            ("xn--bcher-kva.example", Admission::Refused),
            ("x.blocked.example", Admission::Refused),
            ("limited.example", Admission::Refused),
            ("quiet.example", Admission::Limited),
            ("friend.example", Admission::Open),
        ] {
            assert_eq!(domains::admits(&ctx, domain).await.unwrap(), expected, "{domain}");
        }
        let row = ctx.store.read().await.unwrap().account(bob.id).await.unwrap().unwrap();
        assert!(row.suspended_at.is_some(), "who is known here");
        let rules = domains::list(&ctx).await.unwrap();
        let limited = rules.iter().find(|rule| rule.domain == "limited.example").unwrap();
        assert_eq!((limited.reject_media, limited.private_comment.as_deref()), (true, Some("ours")));
        assert!(outcomes(false).await.iter().all(|(_, o)| matches!(o, Outcome::Kept | Outcome::Rejected(_))));

        let exported = export(&ctx).await.unwrap();
        assert!(exported.contains("new.example,suspend,false,false,spam,false\n"), "{exported}");
        assert!(!exported.contains("friend.example") && !exported.contains("ours"), "{exported}");
        let (other, _dir) = instance().await;
        assert!(
            import(&other, &exported, false)
                .await
                .unwrap()
                .iter()
                .all(|row| matches!(row.outcome, Outcome::Added(_)))
        );
        assert_eq!(export(&other).await.unwrap(), exported);
    }
}
