//! Credit memos and stock movements in a real Tryton, through a proxy that loses answers: each effect once.
//!
//! Runs where the scripts of the test peers lie beside the project; elsewhere it says so and ends. The first run on a machine sets the
//! ERP up (a few minutes); later ones start from a copy of that. `BACKHAUL_LONG=1` runs every step with every fault.

mod books;
mod delivery;
mod desk;
mod faults;
mod plain;
mod proxy;
mod server;
mod tether;

use crate::desk::Desk;

#[tokio::test]
async fn tryton_takes_each_effect_once() {
    let Some(desk) = Desk::open().await else {
        println!("skipped: no test peers beside the project, or Tryton cannot be installed");
        return;
    };
    plain::run(&desk).await;
    faults::run(&desk).await;
}
