use super::*;
use crate::given::{instance, member};

#[tokio::test]
async fn ones_own_words_come_back_as_they_were_written() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let fields = vec![
        ("Site".to_owned(), "https://anna.example/?a=1&b=2".to_owned()),
        (" ".to_owned(), String::new()),
        ("Likes".to_owned(), "1 < 2".to_owned()),
    ];
    let change = ProfileChange {
        note: Some("hello\n#film & more".to_owned()),
        fields: Some(fields.clone()),
        hide_collections: Some(true),
        ..ProfileChange::default()
    };
    let view = update_profile(&ctx, anna, change).await.unwrap();
    assert!(view.fields[0].value.starts_with("<a ") && view.fields[1].value.contains("1 &lt; 2"));
    let own = own(&ctx, anna).await.unwrap();
    assert_eq!(own.note_source, "hello\n#film & more");
    assert_eq!(own.fields_source, [fields[0].clone(), fields[2].clone()]);
    assert!(own.hide_collections);
    assert_eq!(own.follow_requests_count, 0);

    let mut tx = ctx.store.begin().await.unwrap();
    let mut row = tx.read().account(anna).await.unwrap().unwrap();
    row.fields = r#"[{"name":"Old","value":"<a href=\"x\">1 &lt; 2</a>"}]"#.to_owned();
    tx.update_account(&row).await.unwrap();
    tx.commit().await.unwrap();
    let own = super::own(&ctx, anna).await.unwrap();
    assert_eq!(own.fields_source, [("Old".to_owned(), "1 < 2".to_owned())], "from before");
}

#[tokio::test]
async fn pictures_can_be_taken_away() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let mut tx = ctx.store.begin().await.unwrap();
    let mut row = tx.read().account(anna).await.unwrap().unwrap();
    (row.avatar_key, row.header_key) = (Some("aa/a.jpg".to_owned()), Some("bb/b.jpg".to_owned()));
    tx.update_account(&row).await.unwrap();
    tx.commit().await.unwrap();
    assert!(get(&ctx, anna).await.unwrap().header.ends_with("/media/bb/b.jpg"));
    let view = remove_avatar(&ctx, anna).await.unwrap();
    assert_eq!((view.avatar, view.header.ends_with("b.jpg")), (ctx.site.missing_avatar(), true));
    for _ in 0..2 {
        assert_eq!(remove_header(&ctx, anna).await.unwrap().header, ctx.site.missing_header());
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let (ctx, _dir) = instance().await;
    let anna = member(&ctx, "anna").await;
    let long = || "x".repeat(5000);
    let none = ProfileChange::default;
    for change in [
        ProfileChange { display_name: Some(long()), ..none() },
        ProfileChange { note: Some(long()), ..none() },
        ProfileChange { note: Some("\0".to_owned()), ..none() },
        ProfileChange { fields: Some(vec![(long(), String::new())]), ..none() },
        ProfileChange { fields: Some(vec![(String::new(), String::new()); 5]), ..none() },
    ] {
        assert!(matches!(update_profile(&ctx, anna, change).await, Err(Error::Invalid(_))));
    }
}
