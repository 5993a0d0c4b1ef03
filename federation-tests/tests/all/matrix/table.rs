//! The table in `docs/federation.md`: forms by families, made of the data that the tests run on.

use super::families::{FAMILIES, Family};
use super::sent::FORMS;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

const BEGIN: &str = "<!-- matrix:begin -->\n";
const END: &str = "<!-- matrix:end -->";

/// Fails unless the page has this table; writes it when `TINTYPE_WRITE_DOCS=1`.
pub fn on_the_page() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/federation.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("a place for the matrix on the page");
    let (shown, after) = rest.split_once(END).expect("an end of the matrix on the page");
    let table = table();
    if std::env::var("TINTYPE_WRITE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(
        shown == table,
        "docs/federation.md shows another matrix: run this test with TINTYPE_WRITE_DOCS=1"
    );
}

fn table() -> String {
    let families = Family::all();
    let mut text = String::new();
    let forms: BTreeSet<&str> = families.iter().flat_map(Family::forms).collect();
    head(&mut text, "Received");
    for form in forms {
        row(
            &mut text,
            form,
            families.iter().map(|family| if family.forms().contains(form) { "ok" } else { "–" }),
        );
    }
    text.push('\n');
    head(&mut text, "Sent");
    for form in FORMS {
        let takes = |family: &Family| match family.accepts.get(*form) {
            Some(accepts) if !accepts.ignored => "ok",
            _ => "–",
        };
        row(&mut text, form, families.iter().map(takes));
    }
    text
}

fn head(text: &mut String, title: &str) {
    let names: Vec<&str> = FAMILIES.iter().map(|(_, title)| *title).collect();
    let _ = writeln!(text, "| {title} | {} |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(names.len()));
}

fn row(text: &mut String, form: &str, cells: impl Iterator<Item = &'static str>) {
    let cells: Vec<&str> = cells.collect();
    let _ = writeln!(text, "| {form} | {} |", cells.join(" | "));
}
