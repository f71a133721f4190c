//! The examples below `docs/examples/`, followed line by line.

#[test]
fn a_distributor_with_a_portal_two_warehouses_and_two_erps() {
    tests::page::follow(
        "docs/examples/multi-warehouse.md",
        env!("CARGO_BIN_EXE_product"),
        6,
    );
}
