//! A file of approvers: everything that is wrong with it is said at once, with its place.

use workflow::Approvers;

#[test]
fn a_file_of_approvers_says_everything_that_is_wrong() {
    let wrong = r#"
tz = "UTC"
[[person]]
user = "ann"
roles = []
[[person]]
user = "bob"
also = ["ANN"]
roles = ["x"]
[[limit]]
role = "y"
currency = "USD"
activity = "credit"
from = "10"
to = "5"
[[delegation]]
from = "bob"
to = "zoe"
valid_from = 2026-05-02
valid_until = 2026-05-01
[[delegation]]
from = "bob"
to = "bob"
valid_from = 2026-05-02
valid_until = 2026-05-01
cap = "5"
"#;
    let problems = Approvers::load("a.toml", wrong).unwrap_err();
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for part in [
        "a.toml:3: \"ann\" holds no role",
        "a.toml:6: \"ANN\" is also a name of \"ann\"",
        "a.toml:10: nobody holds role \"y\"",
        "to is less than from",
        "there is no person \"zoe\"",
        "delegates to themselves",
        "valid_until is not after valid_from",
        "a cap needs its currency",
    ] {
        assert!(said.iter().any(|s| s.contains(part)), "{part}: {said:#?}");
    }
    let unknown = Approvers::load("a.toml", "tz = \"UTC\"\npeople = 1\n").unwrap_err();
    assert!(
        unknown[0]
            .to_string()
            .starts_with("a.toml:2: unknown field"),
        "{unknown:?}"
    );
}

/// Users of the console carry their person in what is written down of them.
#[test]
fn what_a_user_did_is_their_persons() {
    let text =
        "tz = \"UTC\"\n[[person]]\nuser = \"sue\"\nalso = [\"s.park\"]\nroles = [\"finance\"]\n";
    let approvers = Approvers::load("a.toml", text).unwrap();
    assert!(approvers.are_one("user/night@sue", "sue"));
    assert!(approvers.are_one("S.Park", "user/night@sue"));
    assert!(approvers.are_one("user/night@sue", "user/day@s.park"));
    assert!(
        !approvers.are_one("user/sue", "sue"),
        "a user of that name is another one"
    );
    assert!(!approvers.are_one("user/sue@bob", "sue"));
    assert!(!approvers.are_one("user/night@", ""));
}
