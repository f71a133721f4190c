//! Lines over time, drawn as an SVG by the server: where they run, what stands at the axes. No colours: those are the style
//! sheet's.
#![allow(
    clippy::float_arithmetic,
    reason = "places in a picture: nothing is counted or paid by them"
)]

/// Width and height of the picture, in its own units.
pub(super) const SIZE: (f64, f64) = (760.0, 260.0);
/// Room at the left for the values, at the right, at the top, at the bottom for the days.
const LEFT: f64 = 84.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 30.0;
/// Lines that are told apart.
pub(super) const MOST_LINES: usize = 6;
/// Days that are named at the axis.
const NAMED: usize = 8;

/// Values in order, with what is said when one is pointed at; none where there is nothing to show.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) values: Vec<Option<f64>>,
    pub(super) words: Vec<String>,
}

/// A line across the picture, and what stands beside it.
pub(super) struct Rule {
    pub(super) y: f64,
    pub(super) value: f64,
}

/// A name below the picture.
pub(super) struct Mark {
    pub(super) x: f64,
    pub(super) name: String,
}

/// A value.
pub(super) struct Dot {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) words: String,
}

/// A line: its parts between the gaps, and its values.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) parts: Vec<String>,
    pub(super) dots: Vec<Dot>,
}

/// What is drawn.
pub(super) struct Plot {
    pub(super) rules: Vec<Rule>,
    pub(super) marks: Vec<Mark>,
    pub(super) curves: Vec<Curve>,
}

impl Plot {
    /// Of no more than [`MOST_LINES`] series over the steps of those names.
    pub(super) fn of(names: &[String], series: Vec<Series>) -> Self {
        let shown = series.iter().take(MOST_LINES);
        let known = shown.flat_map(|one| one.values.iter().flatten().copied());
        let (low, high) = known.fold((0.0_f64, 0.0_f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let space = spacing(high - low);
        let (low, high) = ((low / space).floor() * space, (high / space).ceil() * space);
        let high = if high > low { high } else { low + space };
        let y = |value: f64| {
            let part = (value - low) / (high - low);
            round(SIZE.1 - BOTTOM - part * (SIZE.1 - TOP - BOTTOM))
        };
        let x = |n: usize| {
            let room = SIZE.0 - LEFT - RIGHT;
            match names.len() {
                0 | 1 => round(LEFT + room / 2.0),
                many => round(LEFT + room * count(n) / count(many - 1)),
            }
        };
        let rules = (0..)
            .map(|n| low + count(n) * space)
            .take_while(|value| *value <= high + space / 2.0)
            .map(|value| Rule { y: y(value), value });
        let every = names.len().div_ceil(NAMED).max(1);
        let marks = names.iter().enumerate().step_by(every);
        let marks = marks.map(|(n, name)| Mark {
            x: x(n),
            name: name.clone(),
        });
        let curves = series.into_iter().take(MOST_LINES).map(|one| {
            let mut parts = vec![String::new()];
            let mut dots = Vec::new();
            for (n, (value, words)) in one.values.iter().zip(one.words).enumerate() {
                let Some(value) = value else {
                    parts.push(String::new());
                    continue;
                };
                let (x, y) = (x(n), y(*value));
                if let Some(part) = parts.last_mut() {
                    part.extend([x.to_string(), ",".to_owned(), y.to_string(), " ".to_owned()]);
                }
                dots.push(Dot { x, y, words });
            }
            parts.retain(|part| !part.is_empty());
            Curve {
                name: one.name,
                parts,
                dots,
            }
        });
        Self {
            rules: rules.collect(),
            marks: marks.collect(),
            curves: curves.collect(),
        }
    }
}

/// Between two rules: 1, 2 or 5 times a power of ten, for four of them or so.
fn spacing(range: f64) -> f64 {
    if !range.is_finite() || range <= 0.0 {
        return 1.0;
    }
    let rough = range / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter();
    let fits = times.map(|n| n * power).find(|space| *space >= rough);
    fits.unwrap_or(10.0 * power)
}

fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(values: &[Option<f64>]) -> Plot {
        let names: Vec<String> = (1..=values.len()).map(|n| n.to_string()).collect();
        let series = Series {
            name: String::new(),
            words: names.clone(),
            values: values.to_vec(),
        };
        Plot::of(&names, vec![series])
    }

    #[test]
    fn a_gap_parts_the_line_and_the_rules_are_round() {
        let plot = plot(&[Some(0.0), Some(7.0), None, Some(3.5)]);
        let curve = &plot.curves[0];
        assert_eq!(curve.parts, ["84,230 305.3,39.3 ", "748,134.6 "]);
        assert_eq!(curve.dots.len(), 3);
        let rules: Vec<f64> = plot.rules.iter().map(|rule| rule.value).collect();
        assert_eq!(rules, [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!((plot.rules[0].y, plot.rules[4].y), (230.0, 12.0));
    }

    #[test]
    fn nothing_and_less_than_nothing_have_a_picture_too() {
        for values in [&[][..], &[None], &[Some(0.0)], &[Some(-3.0), Some(2.0)]] {
            let plot = plot(values);
            assert!(plot.rules.len() >= 2, "{values:?}");
            let inside = |y: f64| (TOP..=SIZE.1 - BOTTOM).contains(&y);
            assert!(plot.rules.iter().all(|rule| inside(rule.y)), "{values:?}");
            let mut dots = plot.curves[0].dots.iter();
            assert!(dots.all(|dot| inside(dot.y)), "{values:?}");
        }
    }

    #[test]
    fn of_many_steps_some_are_named() {
        let plot = plot(&[Some(1.0); 92]);
        assert!(plot.marks.len() <= NAMED, "{}", plot.marks.len());
        assert_eq!(plot.marks[0].name, "1");
    }
}
