//! Numbers that are counted before somebody asks, and those that somebody asked for a moment ago: pages show them at once, with
//! their instant. Programs wait for their answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use router::numbers::{self, Ask, Course, Period, Step, Told};
use store::StoreError;
use tokio::time::Instant;

use crate::answers::{Answers, Seen};
use crate::api::App;
use crate::numbers::{CourseQuery, NumbersQuery};
use crate::problem::Problem;

/// The answers of this process.
#[derive(Debug)]
pub(crate) struct Answered {
    told: Arc<Answers<Told>>,
    courses: Arc<Answers<Course>>,
    /// The days of the last fortnight, the last one today: what pages show if nothing is chosen.
    usual: Arc<Answers<Vec<Arc<Told>>>>,
}

impl Default for Answered {
    fn default() -> Self {
        let turn = Arc::default();
        Self {
            told: Answers::new(&turn),
            courses: Answers::new(&turn),
            usual: Answers::new(&turn),
        }
    }
}

/// The question whose answer is kept without being asked.
const USUAL: &str = "";
/// It is found again after that time at the latest, unless that would take more than a twentieth of a core.
const AGAIN: Duration = Duration::from_mins(5);

/// Counts the numbers of the last fortnight, again and again until the sidecar stops: whoever looks at them first does not wait.
pub(crate) async fn keep(app: Arc<App>) {
    let stop = app.api.stop.clone();
    let counting = async {
        loop {
            let begun = Instant::now();
            app.answered
                .usual
                .renew(USUAL.to_owned(), usual(Arc::clone(&app)))
                .await;
            tokio::time::sleep((begun.elapsed() * 19).max(AGAIN)).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = counting => {}
    }
}

/// The last fortnight, day by day.
fn fortnight(app: &App) -> Result<Vec<Ask>, StoreError> {
    let (policies, now) = (app.policies(), app.api.clock.now());
    let days = Period::default().steps(Step::Day, &policies, &app.api.entities, now);
    days.map_err(StoreError::Broken)
}

/// True if they are of it.
fn are_usual(app: &App, days: &[Date]) -> bool {
    let usual: Vec<Date> = fortnight(app)
        .unwrap_or_default()
        .iter()
        .filter_map(Ask::day)
        .collect();
    days.iter().all(|day| usual.contains(day))
}

async fn usual(app: Arc<App>) -> Result<Vec<Arc<Told>>, StoreError> {
    let told = numbers::read_each(app.store(), fortnight(&app)?).await?;
    Ok(told.into_iter().map(Arc::new).collect())
}

async fn usual_soon(app: &Arc<App>) -> Result<Seen<Vec<Arc<Told>>>, Problem> {
    let found = usual(Arc::clone(app));
    app.answered.usual.soon(USUAL.to_owned(), found).await
}

/// The numbers that are asked for, for a program.
pub(crate) async fn told(app: &App, asked: &NumbersQuery) -> Result<Arc<Told>, Problem> {
    let found = numbers::read(app.store(), asked.ask(app)?);
    app.answered.told.to(asked.question(), found).await
}

/// The same for a page, at once.
pub(crate) async fn told_soon(app: &Arc<App>, asked: &NumbersQuery) -> Result<Seen<Told>, Problem> {
    let ask = asked.ask(app)?;
    if ask.day().is_some_and(|day| are_usual(app, &[day])) {
        match usual_soon(app).await? {
            Seen::Told { answer, is_old } => {
                if let Some(answer) = alone(&ask, &answer) {
                    return Ok(Seen::Told { answer, is_old });
                }
            }
            Seen::Counting => return Ok(Seen::Counting),
        }
    }
    let app = Arc::clone(app);
    let answers = Arc::clone(&app.answered.told);
    let found = async move { numbers::read(app.store(), ask).await };
    answers.soon(asked.question(), found).await
}

/// The numbers of the day that is asked for alone, if it is one of these.
fn alone(ask: &Ask, days: &[Arc<Told>]) -> Option<Arc<Told>> {
    let day = ask.day()?;
    days.iter().find(|told| told.to == day).map(Arc::clone)
}

/// The course that is asked for, for a program.
pub(crate) async fn course(app: &App, asked: &CourseQuery) -> Result<Arc<Course>, Problem> {
    let found = numbers::course(app.store(), asked.ask(app)?);
    app.answered.courses.to(format!("{asked:?}"), found).await
}

/// The same for a page, at once.
pub(crate) async fn course_soon(
    app: &Arc<App>,
    asked: &CourseQuery,
) -> Result<Seen<Course>, Problem> {
    let ask = asked.ask(app)?;
    if ask.days().is_some_and(|days| are_usual(app, &days)) {
        match usual_soon(app).await? {
            Seen::Told { answer, is_old } => {
                if let Some(course) = ask.by(&answer) {
                    let answer = Arc::new(course);
                    return Ok(Seen::Told { answer, is_old });
                }
            }
            Seen::Counting => return Ok(Seen::Counting),
        }
    }
    let app = Arc::clone(app);
    let answers = Arc::clone(&app.answered.courses);
    let found = async move { numbers::course(app.store(), ask).await };
    answers.soon(format!("{asked:?}"), found).await
}
