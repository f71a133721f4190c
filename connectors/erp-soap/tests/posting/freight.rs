//! What is on a memo beside its goods: the ERP adds its lines up, so that anything left out is refused.

use simulators::erp_soap::Config;

use crate::support::{Desk, command};

#[tokio::test]
async fn freight_and_the_label_are_booked_with_the_goods() {
    let desk = Desk::with(Config::default(), "").await;
    let command = command("freight-and-label");
    let done = desk.send(&command).await.unwrap();
    assert_eq!(done.document.amount, command.amount());
    assert_eq!(desk.documents(&command), 1);
}
