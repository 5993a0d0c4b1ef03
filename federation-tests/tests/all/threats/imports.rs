//! Threats of the category `dos`: lists and pictures that are imported from files.

use super::stage::{Stage, fault};
use super::strain::{MIB, SOON};
use super::{memory, raw};
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;

#[tokio::test]
async fn t105_lists_and_pictures_from_files_are_bounded() {
    let stage = Stage::set().await;
    let mut variants = stage.variants();
    let folder = stage.alpha.folder().to_owned();
    let peak = memory::peak(&stage.alpha);
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let head = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n";
    let many: String = (0..1_000_000).fold(head.to_owned(), |mut list, number| {
        let _ = writeln!(list, "d{number}.example,suspend");
        list
    });
    let rows: String = (0..60_000).fold(String::new(), |mut list, number| {
        let _ = writeln!(list, "{number}.x");
        list
    });
    let bomb = raw::gzip_of_zeroes(200 * MIB);
    let long = format!(
        "{head}{}.example,suspend,false,false,{},false\n",
        "a".repeat(100_000),
        "c".repeat(1_000_000)
    );
    // What is no list, or too long a one, is refused whole and in time.
    for (name, bytes) in [
        ("a million rows", many.as_bytes()),
        ("60,000 short rows", rows.as_bytes()),
        ("a packed list", &bomb),
        ("an archive", b"PK\x03\x04\x14\0\0\0\x08\0../../../etc/passwd"),
        ("not UTF-8", b"a.example,suspend\n\xff\xfe.example,suspend\n"),
    ] {
        let file = write("list.csv", bytes);
        let before = stage.rows(&[]).await;
        let output = tokio::time::timeout(
            Duration::from_mins(1),
            stage.alpha.try_cli(&["domain", "import", &file, "--json"]),
        )
        .await
        .expect("in time");
        // The name in an archive could be a domain on a line of its own: a list of one bad row.
        let archive = name == "an archive" && output.status.success();
        let mut faults = fault(output.status.success() && !archive, || "taken".into());
        faults.extend(fault(!archive && output.stderr.is_empty() || output.stderr.len() > 10_000, || {
            format!("{} bytes about it", output.stderr.len())
        }));
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(&[]).await));
        variants.judge(name, &faults);
    }
    // Single bad rows are told, and spare the others.
    for (name, list) in [
        (
            "odd rows",
            format!(
                "{head}good1.example,suspend\n,suspend\n../../etc/passwd,suspend\nevil.example/../x,suspend\n*,suspend\n*.example,suspend\ncom,suspend\n\0.example,suspend\na b.example,suspend\n\"unclosed.example,suspend\ngood2.example,suspend\n"
            ),
        ),
        ("a long row", format!("{long}good3.example,suspend\n")),
        (
            "strange severities",
            format!("{head}a.example,DROP TABLE,yes\ngood4.example,silence,,,,\n{}", "x,".repeat(10_000)),
        ),
        ("our own domain", format!("{head}{},suspend\ngood5.example,suspend\n", stage.alpha.domain())),
    ] {
        let file = write("list.csv", list.as_bytes());
        let output = tokio::time::timeout(
            Duration::from_mins(1),
            stage.alpha.try_cli(&["domain", "import", &file, "--json"]),
        )
        .await
        .expect("in time");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let outcomes: Vec<(&str, &str)> = told
            .as_array()
            .into_iter()
            .flatten()
            .map(|row| {
                (row["domain"].as_str().unwrap_or_default(), row["outcome"].as_str().unwrap_or_default())
            })
            .collect();
        let wrong =
            outcomes.iter().any(|(domain, outcome)| *outcome != "rejected" && !domain.starts_with("good"));
        // A list that can't be taken apart is refused whole.
        let refused = !output.status.success() && outcomes.is_empty();
        let rejected = outcomes.iter().any(|(_, outcome)| *outcome == "rejected");
        variants.judge(
            name,
            &fault(!refused && (wrong || !rejected), || format!("{outcomes:?}").chars().take(500).collect()),
        );
    }
    // Pictures for emoji.
    let side = 60_000_u32.to_be_bytes();
    let flood =
        [&b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"[..], &side, &side, &[8, 6, 0, 0, 0, 0, 0, 0, 0], &[0; 500]]
            .concat();
    for (name, code, bytes) in [
        ("a flood of pixels", "flood", flood),
        ("a megabyte", "large", tintype_testkit::pictures::png(1_200, 1_200, 1).repeat(20)),
        ("no picture", "none", b"<svg onload=alert(1)>".to_vec()),
        ("a name that climbs", "../../escaped", tintype_testkit::pictures::png(30, 30, 1)),
        ("a name of markup", "<b>", tintype_testkit::pictures::png(30, 30, 1)),
    ] {
        let file = write("emoji.png", &bytes);
        let before = stage.rows(&[]).await;
        let output = tokio::time::timeout(
            SOON,
            stage.alpha.try_cli(&["emoji", "add", &file, "--shortcode", code, "--json"]),
        )
        .await
        .expect("in time");
        let mut faults = fault(output.status.success(), || "taken".into());
        faults.extend(tintype_testkit::rows::differences(&before, &stage.rows(&[]).await));
        variants.judge(&format!("emoji: {name}"), &faults);
    }
    assert!(!folder.join("escaped.png").exists() && !folder.parent().unwrap().join("escaped.png").exists());
    // The server beside it is none the worse, and starts again.
    let grown = memory::peak(&stage.alpha).saturating_sub(peak);
    variants.judge("memory", &fault(grown > 64 << 10, || format!("{grown} KiB more")));
    variants.done();
    stage.alpha.restart().await;
    stage.is_alive().await;
}
