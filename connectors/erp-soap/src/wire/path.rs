//! Where something stands in an answer: `Response/Result/DocumentNo`. Local names, `*` for any, `@name` for an attribute at
//! the end. The first name is the element itself that the path begins at.

use super::tree::Element;

/// True if it can be a path.
pub(crate) fn is_path(path: &str) -> bool {
    let mut steps = path.split('/').peekable();
    while let Some(step) = steps.next() {
        let name = match step.strip_prefix('@') {
            Some(name) if steps.peek().is_none() => name,
            Some(_) => return false,
            None => step,
        };
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if !is_name && step != "*" {
            return false;
        }
    }
    true
}

/// All elements at that path, which begins with `top` itself. `Err` when `top` is something else.
pub(crate) fn select<'a>(top: &'a Element, path: &str) -> Result<Vec<&'a Element>, String> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    if first != "*" && first != top.name {
        return Err(format!("it is a {}, not a {first}", top.name));
    }
    if rest.is_empty() {
        return Ok(vec![top]);
    }
    Ok(select_below(top, rest))
}

/// All elements at that path below an element.
pub(crate) fn select_below<'a>(element: &'a Element, path: &str) -> Vec<&'a Element> {
    let mut found = vec![element];
    for step in path.split('/') {
        found = found
            .into_iter()
            .flat_map(|element| element.children.iter())
            .filter(|child| step == "*" || child.name == step)
            .collect();
    }
    found
}

/// The first text at that path below an element; empty and nil are nothing.
pub(crate) fn text_at<'a>(element: &'a Element, path: &str) -> Option<&'a str> {
    let (path, attribute) = match path.rsplit_once('/') {
        Some((before, last)) if last.starts_with('@') => (before, Some(last)),
        _ if path.starts_with('@') => ("", Some(path)),
        _ => (path, None),
    };
    let found = if path.is_empty() {
        vec![element]
    } else {
        select_below(element, path)
    };
    match attribute.and_then(|name| name.strip_prefix('@')) {
        Some(name) => found
            .iter()
            .flat_map(|element| &element.attributes)
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str()),
        None => found.into_iter().find_map(Element::value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    #[test]
    fn a_path_leads_to_what_it_names() {
        let top = parse("<r><l><i n=\"7\">a</i><i/></l><l><i>b</i></l><e> </e></r>").unwrap();
        for (path, many) in [("r", 1), ("r/l", 2), ("r/l/i", 3), ("*/l/*", 3), ("r/x", 0)] {
            assert_eq!(select(&top, path).unwrap().len(), many, "{path}");
        }
        assert!(select(&top, "q/l").unwrap_err().contains("not a q"));
        for (path, text) in [
            ("l/i", Some("a")),
            ("l/i/@n", Some("7")),
            ("e", None),
            ("x", None),
            ("@n", None),
        ] {
            assert_eq!(text_at(&top, path), text, "{path}");
        }
        let item = select(&top, "r/l/i").unwrap();
        assert_eq!(text_at(item.first().unwrap(), "@n"), Some("7"));
    }

    #[test]
    fn what_is_no_path_is_told() {
        for path in ["a", "a/b", "*/b", "a/@b", "@b", "A_1/b.c"] {
            assert!(is_path(path), "{path}");
        }
        for path in ["", "/a", "a//b", "a/", "@b/c", "a/b:c", "a[1]"] {
            assert!(!is_path(path), "{path}");
        }
    }
}
