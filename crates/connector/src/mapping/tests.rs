//! Hostile and ordinary mappings: what is bounded, what is exact, what is refused.

use std::time::{Duration, Instant};

use super::*;

fn json(text: &str) -> Json {
    read(text.as_bytes()).unwrap()
}

fn run(source: &str, input: &str) -> Result<Vec<String>, MappingFault> {
    let outputs = Mapping::compile(source, "test.jq")
        .unwrap()
        .run(&json(input))?;
    Ok(outputs.iter().map(Json::to_string).collect())
}

fn one(source: &str, input: &str) -> String {
    let outputs = run(source, input).unwrap();
    assert_eq!(outputs.len(), 1, "{outputs:?}");
    outputs[0].clone()
}

#[test]
fn a_mapping_reshapes_a_document() {
    let source = r#"
        # one event for each item
        .items[] | {type: "receipt.created", sku: .code, qty: (.n | tostring)}
    "#;
    let outputs = run(
        source,
        r#"{"items":[{"code":"A","n":3},{"code":"B","n":0.50}]}"#,
    )
    .unwrap();
    assert_eq!(
        outputs,
        [
            r#"{"type":"receipt.created","sku":"A","qty":"3"}"#,
            r#"{"type":"receipt.created","sku":"B","qty":"0.50"}"#
        ]
    );
}

#[test]
fn the_usual_filters_are_there() {
    for (source, input, output) in [
        (".a.b // \"none\"", r#"{"a":{}}"#, r#""none""#),
        ("map(select(.q > 1)) | length", r#"[{"q":1},{"q":2}]"#, "1"),
        (
            "to_entries | map(.key) | join(\",\")",
            r#"{"b":1,"a":2}"#,
            r#""b,a""#,
        ),
        ("with_entries(.value += 1)", r#"{"a":1}"#, r#"{"a":2}"#),
        (
            "group_by(.k) | map({k: .[0].k, n: (map(.v) | add)})",
            r#"[{"k":1,"v":0.1},{"k":1,"v":0.2}]"#,
            r#"[{"k":1,"n":0.3}]"#,
        ),
        (".a |= ascii_upcase", r#"{"a":"x"}"#, r#"{"a":"X"}"#),
        ("del(.a)", r#"{"a":1,"b":2}"#, r#"{"b":2}"#),
        (
            "\"20260302\" | .[0:4] + \"-\" + .[4:6] + \"-\" + .[6:8]",
            "null",
            r#""2026-03-02""#,
        ),
        ("1772460300 | todate", "null", r#""2026-03-02T14:05:00Z""#),
        ("[.[] | tonumber] | add", r#"["1.10","2"]"#, "3.10"),
        ("try error(\"no\") catch .", "null", r#""no""#),
        ("reduce .[] as $x (0; . + $x)", "[1,2,3]", "6"),
        ("[limit(2; .[])]", "[1,2,3]", "[1,2]"),
        (
            "if has(\"a\") then \"y\" else \"n\" end",
            r#"{"a":null}"#,
            r#""y""#,
        ),
        ("{\"damaged\":\"D\"}[.c]", r#"{"c":"damaged"}"#, r#""D""#),
        ("[paths]", r#"{"a":[1]}"#, r#"[["a"],["a",0]]"#),
        ("\"\\(.a)-\\(.b)\"", r#"{"a":"x","b":1.0}"#, r#""x-1.0""#),
        ("[.[] | @base64]", r#"["a"]"#, r#"["YQ=="]"#),
        ("[..|numbers]", "[1,[2]]", "[1,2]"),
        ("split(\"-\")", r#""a-b""#, r#"["a","b"]"#),
        ("def f($x; g): $x + (. | g); f(1; . * 2)", "4", "9"),
        ("[range(3)]", "null", "[0,1,2]"),
        ("(.a, .b) = 1", "{}", r#"{"a":1,"b":1}"#),
        ("index(\"b\"), indices(1)?", r#""abc""#, "1"),
        ("unique | sort_by(-.)", "[3,1,3]", "[3,1]"),
        (". as {a: $x, b: [$y]} | $x + $y", r#"{"a":1,"b":[2]}"#, "3"),
    ] {
        assert_eq!(one(source, input), output, "{source}");
    }
}

#[test]
fn decimals_stay_exact() {
    assert_eq!(one("{a: .a}", r#"{"a":12.50}"#), r#"{"a":12.50}"#);
    assert_eq!(
        one(".a", r#"{"a":0.1000000000000000055511151231257827}"#),
        "0.1000000000000000055511151231257827"
    );
    assert_eq!(one(".[0] + .[1]", "[0.1,0.2]"), "0.3");
    let fault = run(".[0] / .[1]", "[10,3]").unwrap_err();
    assert!(fault.to_string().contains("no exact result"), "{fault}");
}

#[test]
fn what_a_mapping_may_not_do_does_not_exist() {
    for source in [
        "now",
        "env",
        "$ENV",
        "input",
        "[inputs]",
        "input_filename",
        "debug",
        "stderr",
        "halt",
        "halt_error",
        "halt(1)",
        "localtime",
        "test(\"a+\")",
        "gsub(\"a\"; \"b\")",
        "include \"x\"; .",
        "import \"x\" as x; .",
    ] {
        let problem = Mapping::compile(source, "east.jq").unwrap_err();
        assert!(
            problem.place.starts_with("east.jq:1"),
            "{source}: {problem:?}"
        );
    }
}

#[test]
fn a_problem_says_the_line() {
    let problem = Mapping::compile("{\n  a: .b,\n  c: now\n}", "east.jq").unwrap_err();
    assert_eq!(problem.place, "east.jq:3");
    assert!(problem.what.contains("now"), "{problem:?}");
    let problem = Mapping::compile("{\n  a: .b,\n  c: )\n}", "east.jq").unwrap_err();
    assert_eq!(problem.place, "east.jq:3");
}

#[test]
fn recursion_is_refused() {
    for source in [
        "def f: f; f",
        "def f: f | .; f",
        "def f(g): f(g|g); f(.)",
        "def f: def g: f; g; f",
        "def f: [.[]? | f]; f",
    ] {
        let problem = Mapping::compile(source, "r.jq").unwrap_err();
        assert!(
            problem.what.contains("calls itself"),
            "{source}: {problem:?}"
        );
    }
}

#[test]
fn hostile_mappings_end_soon() {
    for source in [
        "[range(1000000000)]",
        "range(1000000000)",
        "range(0; 1; 0)",
        "\"x\" * 1000000000",
        "\"x\" * 99999999999999999",
        "[limit(1000000000; repeat(1))]",
        "last(repeat(1))",
        "[recurse(. + 1)]",
        "last(recurse([.]))",
        "1 | until(false; . + 1)",
        "[0 | while(true; . + 1)]",
        "reduce range(100) as $x (\"xxxxxxxx\"; . + .)",
        "reduce range(100) as $x ([1]; . + .)",
        "reduce range(100) as $x ([1]; [., .])",
        "reduce range(1000000) as $x (null; [.])",
        "reduce range(1000000) as $x (null; {a: .})",
        "reduce range(100) as $x (2; . * .)",
        "[.[] as $a | .[] as $b | .[] as $c | .[] as $d | 1]",
        "[combinations(9)]",
        "first(range(1000000000) | select(. < 0))",
        "isempty(range(1000000000) | empty)",
        "try [range(1000000000)] catch 1",
        "[..,..,..,.. | ..,..,..,.. | ..,..,..,.. | ..,..,..,.. | ..,..,..,..]",
        "label $out | foreach repeat(1) as $x (0; . + $x; if . < 0 then ., break $out else empty end)",
        "[.[range(1000000)][range(1000000)]?] | length",
        ". as $a | [range(10000)] | map($a | tojson) | join(\"\")",
        "[range(20000)] as $a | $a - ($a | map(-. - 1))",
        "path(repeat(.a))",
        "[splits(\"a\")]",
        "\"a\" | ascii_downcase | [limit(100000000; repeat(explode | implode))] | length",
        "def a: (.,.)|(.,.)|(.,.)|(.,.); def b: a|a|a|a; def c: b|b|b|b; c | empty",
        "def a: .|.|.|.; def b: a|a|a|a; def c: b|b|b|b; def d: c|c|c|c; def e: d|d|d|d; def f: e|e|e|e; def g: f|f|f|f; def h: g|g|g|g; def i: h|h|h|h; def j: i|i|i|i; def k: j|j|j|j; k",
    ] {
        let Ok(mapping) = Mapping::compile(source, "h.jq") else {
            continue;
        };
        let input = json(&format!("[{}]", vec!["[1,2,[3]]"; 200].join(",")));
        let start = Instant::now();
        let result = mapping.run(&input);
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{source}: {:?}",
            start.elapsed()
        );
        assert!(result.is_err(), "{source}: {:?}", result.map(|r| r.len()));
    }
}

#[test]
fn hostile_sources_are_refused_without_harm() {
    let long = |part: &str| part.repeat((MAX_SOURCE - 8) / part.len());
    for source in [
        long("("),
        long("["),
        long("{a:"),
        long("-"),
        long(".|"),
        long("1 as $x|"),
        long("if . then "),
        long("- "),
        long("-\t"),
        long("if . then . elif "),
        long("try -"),
        long("try - "),
        long(".?"),
        long(".and "),
        long(".|="),
        long("1 as[$x]|"),
        long("foreach . as $x "),
        long("@text \"\" "),
        long("\"\\(1)"),
        long("try "),
        long("reduce . as $x "),
        long("def f:"),
        long("def f:.;"),
        long(".a"),
        long(".[0]"),
        long("\"\\("),
        long(".,"),
        long("1+"),
        long("label $x|"),
        long("not|"),
        long("[.]|"),
        long("..|"),
        long(".//"),
        long("[].[].a?"),
        long(". as [$a] ?// "),
        "x".repeat(MAX_SOURCE + 1),
    ] {
        for tail in ["", "."] {
            let source = format!("{source}{tail}");
            // Refused, or run to an end: what matters is that the process is still there.
            if let Ok(mapping) = Mapping::compile(&source, "h.jq") {
                let ended = mapping.run(&json("{\"a\":[1]}"));
                assert!(!matches!(ended, Err(MappingFault::Broken(_))), "{ended:?}");
            }
        }
    }
}

#[test]
fn documents_are_read_strictly() {
    assert!(matches!(
        read(b"{\"a\":\xff}"),
        Err(JsonError::Encoding { byte: 5 })
    ));
    assert!(matches!(
        read(b"{\"a\":[1,"),
        Err(JsonError::Syntax {
            truncated: true,
            line: 1,
            ..
        })
    ));
    for text in [
        "",
        "nul",
        "NaN",
        "[1,]",
        "{'a':1}",
        "01",
        "1 2",
        "[+1]",
        "{\"a\":1,}",
        "// x\n1",
        "b\"x\"",
        "Infinity",
    ] {
        assert!(
            matches!(read(text.as_bytes()), Err(JsonError::Syntax { .. })),
            "{text}"
        );
    }
    let deep = "[".repeat(129);
    assert_eq!(read(deep.as_bytes()), Err(JsonError::TooDeep { byte: 128 }));
    let fits = format!("{}{}", "[".repeat(128), "]".repeat(128));
    assert_eq!(json(&fits).depth(), 128);
    assert_eq!(
        json("\u{feff}{\"a\":\"[[[\\\"\"}").to_string(),
        "{\"a\":\"[[[\\\"\"}"
    );
}

#[test]
fn outputs_are_limited() {
    let mapping = Mapping::compile(".[]", "o.jq")
        .unwrap()
        .with_limits(Limits {
            outputs: 2,
            ..Limits::default()
        });
    assert_eq!(
        mapping.run(&json("[1,2,3]")),
        Err(MappingFault::Exhausted(Limit::Outputs))
    );
    assert_eq!(mapping.run(&json("[1,2]")).unwrap().len(), 2);
}

#[test]
fn a_number_is_no_longer_than_anybody_needs() {
    let of = |length: usize| format!("[\"{}\", {}]", "9".repeat(5000), "9".repeat(length));
    assert!(read(of(1000).as_bytes()).is_ok());
    let start = Instant::now();
    let refused = read(of(1_000_000).as_bytes()).unwrap_err();
    assert!(refused.to_string().contains("1000 characters"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(5));
}
