//! Who may come in.

use connector::FailureKind;
use simulators::erp_soap::{Account, Config, Security};

use crate::support::{Clerk, Desk, another, block, command};

fn token(kind: &str, password: &str) -> String {
    format!(
        "ws_security = {{ user = \"backhaul\", password = \"{password}\", password_type = \"{kind}\", timestamp = true }}"
    )
}

fn basic(password: &str) -> String {
    format!("auth = {{ kind = \"basic\", user = \"backhaul\", password = \"{password}\" }}")
}

#[tokio::test]
async fn each_login_opens_the_door_and_a_wrong_one_does_not() {
    let account = Account::default;
    for (security, right, wrong) in [
        (
            Security::UsernameDigest(account()),
            token("digest", "s3cret"),
            token("digest", "other"),
        ),
        (
            Security::UsernameText(account()),
            token("text", "s3cret"),
            token("text", "other"),
        ),
        (Security::Basic(account()), basic("s3cret"), basic("other")),
    ] {
        for version in ["1.1", "1.2"] {
            let config = Config {
                security: security.clone(),
                ..Config::default()
            };
            let desk = Desk::with(config, &format!("soap = \"{version}\"\n{right}")).await;
            // Twice: a nonce is good for one sending.
            for key in ["one", "two"] {
                desk.send(&another("basic", key)).await.unwrap();
            }
            assert!(desk.clerk.sink().probe().await.is_ok());
            let more = format!("soap = \"{version}\"\n{wrong}");
            let stranger = Clerk::new(&block(&desk.erp.endpoint(), &more));
            let nobody = Clerk::new(&block(&desk.erp.endpoint(), ""));
            for clerk in [&stranger, &nobody] {
                let command = command("scrap");
                for failure in [
                    clerk.send(&command).await.unwrap_err(),
                    clerk.find(&command).await.unwrap_err(),
                    clerk.sink().probe().await.unwrap_err(),
                ] {
                    assert_eq!(
                        (failure.kind, failure.code),
                        (FailureKind::Misconfigured, "erp-soap.unauthorized"),
                        "{security:?}: {failure}"
                    );
                    assert!(!failure.to_string().contains("other"), "{failure}");
                }
                assert_eq!(desk.documents(&command), 0);
            }
        }
    }
}
