use super::{call_admin, emulator, get_json, look_up, problem};

#[tokio::test]
async fn clocks_are_frozen_set_advanced_and_returned_to_real_time() {
    let emulator = emulator().await;
    let put = |body: &'static str| call_admin(&emulator, "PUT", "/_scandouble/clock", body);
    let frozen = put(r#"{"at":"2026-01-02T03:04:05Z","frozen":true}"#).await.json();
    assert_eq!(frozen["now"], "2026-01-02T03:04:05.000Z");
    assert_eq!(frozen["frozen"], true);
    let moved = call_admin(&emulator, "POST", "/_scandouble/clock/advance", r#"{"by":"90s"}"#).await.json();
    assert_eq!(
        (&moved["now"], &moved["origin"]),
        (&"2026-01-02T03:05:35.000Z".into(), &"2026-01-02T03:04:05.000Z".into())
    );
    let moved = call_admin(&emulator, "POST", "/_scandouble/clock/advance", r#"{"by":25}"#).await.json();
    assert_eq!(moved["now"], "2026-01-02T03:06:00.000Z");
    assert_eq!(put(r#"{"at":"+1d"}"#).await.json()["now"], "2026-01-03T03:06:00.000Z");
    let running = put(r#"{"frozen":false}"#).await.json();
    assert_eq!((&running["frozen"], &running["real"]), (&false.into(), &false.into()));
    let real = call_admin(&emulator, "DELETE", "/_scandouble/clock", "").await.json();
    assert_eq!(real["real"], true);
    assert!(problem(&put("").await, 422).starts_with("send `at`, `frozen` or both"));
    assert!(problem(&put(r#"{"at":"noon"}"#).await, 422).starts_with("`at`: \"noon\" is not a valid time"));
    assert!(problem(&put("{").await, 400).starts_with("the body is not valid JSON: at its end: "));
    assert!(problem(&put(r#"{"when":"now"}"#).await, 422).starts_with("unknown field `when`"));
}

#[tokio::test]
async fn advancing_the_clock_by_24_hours_frees_the_lookup_limit() {
    let emulator = emulator().await;
    for _ in 0..7 {
        assert_eq!(look_up(&emulator, "", super::KNOWN).await.status, 200);
    }
    assert_eq!(look_up(&emulator, "", super::KNOWN).await.status, 403);
    call_admin(&emulator, "POST", "/_scandouble/clock/advance", r#"{"by":"23h59m59s"}"#).await;
    assert_eq!(look_up(&emulator, "", super::KNOWN).await.status, 403);
    call_admin(&emulator, "POST", "/_scandouble/clock/advance", r#"{"by":"1s"}"#).await;
    assert_eq!(look_up(&emulator, "", super::KNOWN).await.status, 200);
}

#[tokio::test]
async fn responses_carry_the_date_of_the_clock() {
    let emulator = emulator().await;
    let answer = look_up(&emulator, "", super::KNOWN).await;
    assert_eq!(answer.header("date"), Some("Sun, 01 Mar 2026 12:00:00 GMT"));
    assert_eq!(get_json(&emulator, "/_scandouble/clock").await["frozen"], true);
}
