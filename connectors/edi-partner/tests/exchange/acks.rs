//! What a partner is told: `testdata/acks/CONDITION.edi` is acknowledged as `CONDITION.reply` says (dates are masked).

use crate::common::{self, Site};
use crate::support::{masked, take};

#[tokio::test]
async fn every_acknowledgement_is_the_golden_one() {
    let folder = common::home().join("testdata/acks");
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(condition) = name.strip_suffix(".edi") else {
            continue;
        };
        let found = reply("acknowledge = { functional = \"997\" }", &name).await;
        let path = folder.join(format!("{condition}.reply"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            expected, found,
            "{condition}: run again with UPDATE_EXPECT=1"
        );
        compared += 1;
    }
    assert!(compared >= 12, "{compared}");
}

/// What is written into the outbox for that message.
async fn reply(adjust: &str, name: &str) -> String {
    let site = Site::new("acme", adjust);
    site.drop_file(name, &common::message(&format!("acks/{name}")));
    take(&mut site.build()).await;
    let written = site.names("out");
    assert!(written.len() <= 1, "{written:?}");
    written
        .first()
        .map_or_else(String::new, |file| masked(&site, file))
}

fn segments(reply: &str, id: &str) -> Vec<String> {
    let lines = reply
        .lines()
        .filter(|line| line.split(['*', '+']).next() == Some(id));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_bad_set_is_refused_and_its_neighbours_are_accepted() {
    let reply = reply("", "one-bad-set.edi").await;
    let verdicts: Vec<String> = segments(&reply, "AK5");
    assert_eq!(verdicts.len(), 3, "{reply}");
    assert!(verdicts[0].starts_with("AK5*A"), "{reply}");
    assert!(verdicts[1].starts_with("AK5*R*5"), "{reply}");
    assert!(verdicts[2].starts_with("AK5*A"), "{reply}");
    assert_eq!(segments(&reply, "AK9"), ["AK9*P*3*3*2~"]);
}

#[tokio::test]
async fn what_is_well_formed_is_accepted_though_a_person_must_look_at_it() {
    let reply = reply("", "not-understood-here.edi").await;
    assert_eq!(segments(&reply, "AK9"), ["AK9*A*1*1*1~"]);
}

#[tokio::test]
async fn policies_decide_what_is_said() {
    let nothing = "acknowledge = { functional = \"none\", ta1 = \"never\", contrl = \"never\" }";
    assert_eq!(reply(nothing, "one-bad-set.edi").await, "");
    assert_eq!(reply(nothing, "envelope-wrong.edi").await, "");
    assert_eq!(reply(nothing, "one-bad-message.edi").await, "");
    let always = reply("acknowledge = { ta1 = \"always\" }", "accepted.edi").await;
    assert_eq!(segments(&always, "TA1").len(), 1, "{always}");
    assert_eq!(segments(&always, "AK9").len(), 1, "{always}");
    let by_999 = reply("acknowledge = { functional = \"999\" }", "one-bad-set.edi").await;
    assert!(by_999.contains("ST*999*0001*005010X231A1"), "{by_999}");
    assert_eq!(segments(&by_999, "IK5").len(), 3, "{by_999}");
    assert!(segments(&by_999, "AK5").is_empty(), "{by_999}");
}

#[tokio::test]
async fn an_unknown_set_is_refused_only_if_the_profile_says_so() {
    for (adjust, verdict) in [
        ("", "AK9*A*1*1*1~"),
        (
            "acknowledge = { refuse_unknown_sets = true }",
            "AK9*R*1*1*0~",
        ),
    ] {
        let site = Site::new("acme", adjust);
        site.drop_file("850.edi", &common::message("customer/unknown-set.edi"));
        let decoded = take(&mut site.build()).await;
        assert_eq!(decoded.failures[0].code, "edi-partner.unknown-set");
        let reply = masked(&site, &site.names("out")[0]);
        assert_eq!(segments(&reply, "AK9"), [verdict]);
    }
}

#[tokio::test]
async fn strangers_and_acknowledgements_are_told_nothing() {
    for name in [
        "customer/other-sender.edi",
        "customer/acknowledgement-only.edi",
        "customer/not-edi.edi",
    ] {
        let site = Site::new("acme", "");
        site.drop_file("x.edi", &common::message(name));
        take(&mut site.build()).await;
        assert_eq!(site.names("out"), Vec::<String>::new(), "{name}");
        assert!(
            site.names("work").is_empty() && site.names("in").is_empty(),
            "{name}"
        );
    }
}
