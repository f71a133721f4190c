//! `docs/onboard-a-warehouse.md`, followed line by line.

#[test]
fn the_page_takes_a_warehouse_live() {
    tests::page::follow(
        "docs/onboard-a-warehouse.md",
        env!("CARGO_BIN_EXE_product"),
        8,
    );
}
