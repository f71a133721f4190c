//! What the portal's world consists of: markets, articles, reasons.

/// A market: one currency, one legal entity, its taxes.
pub(super) struct Market {
    pub(super) currency: &'static str,
    /// Minor digits of the currency (ISO 4217).
    pub(super) digits: u32,
    pub(super) legal_entity: &'static str,
    pub(super) time_zone: &'static str,
    /// Customers are `C{first}10` to `C{first}19` hundred.
    pub(super) first_customer: u64,
    pub(super) names: [&'static str; 3],
    /// Minor units one unit of the base price (in cents) is worth here.
    pub(super) price_factor: i64,
    pub(super) prices_include_tax: bool,
    pub(super) taxes: &'static [Tax],
}

/// A tax of a market.
pub(super) struct Tax {
    pub(super) jurisdiction: &'static str,
    pub(super) kind: &'static str,
    /// Hundredths of a per cent.
    pub(super) rate: i64,
    /// On every invoice, or on half of them.
    pub(super) always: bool,
}

pub(super) const MARKETS: [Market; 4] = [
    Market {
        currency: "USD",
        digits: 2,
        legal_entity: "US01",
        time_zone: "America/Chicago",
        first_customer: 10_010,
        names: ["Lone Star Supply", "Prairie Outfitters", "Gulf Hardware"],
        price_factor: 1,
        prices_include_tax: false,
        taxes: &[
            Tax {
                jurisdiction: "US-TX",
                kind: "SALES",
                rate: 625,
                always: true,
            },
            Tax {
                jurisdiction: "US-TX-DALLAS",
                kind: "DISTRICT",
                rate: 200,
                always: false,
            },
        ],
    },
    Market {
        currency: "EUR",
        digits: 2,
        legal_entity: "DE01",
        time_zone: "Europe/Berlin",
        first_customer: 20_010,
        names: ["Nordwind Handel", "Eisen Berger", "Haus und Hof Lang"],
        price_factor: 1,
        prices_include_tax: true,
        taxes: &[Tax {
            jurisdiction: "DE",
            kind: "VAT",
            rate: 1900,
            always: true,
        }],
    },
    Market {
        currency: "JPY",
        digits: 0,
        legal_entity: "JP01",
        time_zone: "Asia/Tokyo",
        first_customer: 30_010,
        names: ["Aoyama Trading", "Kita Tools", "Minato Home"],
        price_factor: 1,
        prices_include_tax: false,
        taxes: &[Tax {
            jurisdiction: "JP",
            kind: "CONSUMPTION",
            rate: 1000,
            always: true,
        }],
    },
    Market {
        currency: "KWD",
        digits: 3,
        legal_entity: "KW01",
        time_zone: "Asia/Kuwait",
        first_customer: 40_010,
        names: ["Gulf Star General", "Al Noor Stores", "Bayan Supply"],
        price_factor: 3,
        prices_include_tax: false,
        taxes: &[],
    },
];

/// An article: number, unit, base price in cents, whether serial numbers are tracked.
pub(super) struct Article {
    pub(super) sku: &'static str,
    pub(super) uom: &'static str,
    pub(super) price: i64,
    pub(super) serial: bool,
}

const fn article(sku: &'static str, uom: &'static str, price: i64, serial: bool) -> Article {
    Article {
        sku,
        uom,
        price,
        serial,
    }
}

pub(super) const ARTICLES: [Article; 10] = [
    article("DRILL-18V", "EA", 12_999, true),
    article("SAW-165", "EA", 8_950, true),
    article("BIT-SET-42", "EA", 2_499, false),
    article("GLOVE-L", "EA", 749, false),
    article("SCREW-4X40", "CS", 3_333, false),
    article("PAINT-WHITE-10", "EA", 4_275, false),
    article("TAPE-50M", "CS", 1_901, false),
    article("LAMP-LED-30", "EA", 3_999, false),
    article("HINGE-90", "EA", 333, false),
    article("PUMP-550", "EA", 15_467, true),
];

/// The portal's reasons, with a customer's words for some.
pub(super) const REASONS: [(&str, Option<&str>); 10] = [
    (
        "ordered-by-mistake",
        Some("ordered twice by two colleagues"),
    ),
    ("dead-on-arrival", Some("does not start")),
    ("stopped-working", None),
    ("damaged-in-transit", Some("corner crushed")),
    ("packaging-broken", None),
    ("wrong-item-sent", Some("other size than on the label")),
    ("not-as-described", None),
    ("short-dated", None),
    ("overstock", None),
    ("no-longer-needed", None),
];
