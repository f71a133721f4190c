//! The one task that writes. It takes whatever waits, writes it in one transaction, and answers after the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::{mpsc, oneshot};

use super::group::{Batches, Group};
use super::job::{Done, Job};
use super::{connect, fault};
use crate::port::StoreError;

/// Jobs that share a transaction at most.
const JOBS: usize = 256;
/// Units (or outcomes, or leases) after which no further job is taken in: bounds the size of a transaction.
const WEIGHT: usize = 1024;
/// How often a transaction that lost against another one is done again.
const TURNS: usize = 4;

type Answer = oneshot::Sender<Result<Done, StoreError>>;

enum Order {
    Write(Box<Job>, Answer),
    Stop(oneshot::Sender<()>),
}

pub(super) struct Writer {
    queue: mpsc::Sender<Order>,
    transactions: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(conn: PgConnection, address: PgConnectOptions, deadline: Duration) -> Self {
        let (queue, orders) = mpsc::channel(4 * JOBS);
        let transactions = Arc::new(AtomicU64::new(0));
        let desk = Desk {
            address,
            deadline,
            conn: Some(conn),
            batches: Batches::default(),
            transactions: Arc::clone(&transactions),
        };
        tokio::spawn(desk.run(orders));
        Self {
            queue,
            transactions,
        }
    }

    /// Hands a job over, and waits until it is durable. It is done whether or not anybody waits for the answer.
    pub(super) async fn write(&self, job: Job) -> Result<Done, StoreError> {
        let closed = || StoreError::Unavailable("it is closed".to_owned());
        let (tell, told) = oneshot::channel();
        let order = Order::Write(Box::new(job), tell);
        self.queue.send(order).await.map_err(|_| closed())?;
        told.await.map_err(|_| closed())?
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.queue.is_closed()
    }

    pub(super) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    pub(super) async fn stop(&self) {
        let (tell, told) = oneshot::channel();
        if self.queue.send(Order::Stop(tell)).await.is_ok() {
            told.await.ok();
        }
    }
}

struct Desk {
    address: PgConnectOptions,
    deadline: Duration,
    /// None after it was lost: the next job connects anew.
    conn: Option<PgConnection>,
    batches: Batches,
    transactions: Arc<AtomicU64>,
}

impl Desk {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut stops = Vec::new();
        while let Some(first) = orders.recv().await {
            let (mut jobs, mut answers) = (Vec::new(), Vec::new());
            let mut weight = 0;
            let mut next = Some(first);
            while let Some(order) = next {
                match order {
                    Order::Write(job, answer) => {
                        weight += job.weight();
                        jobs.push(*job);
                        answers.push(answer);
                    }
                    Order::Stop(tell) => {
                        orders.close();
                        stops.push(tell);
                    }
                }
                if jobs.len() >= JOBS || weight >= WEIGHT {
                    break;
                }
                next = orders.try_recv().ok();
            }
            if !jobs.is_empty() {
                self.serve(&jobs, answers).await;
            }
        }
        if let Some(conn) = self.conn.take() {
            conn.close().await.ok();
        }
        for tell in stops {
            tell.send(()).ok();
        }
    }

    /// All in one transaction. Only when the data of one of them is refused does each get its own.
    async fn serve(&mut self, jobs: &[Job], answers: Vec<Answer>) {
        match self.together(jobs).await {
            Ok(done) => {
                for (answer, done) in answers.into_iter().zip(done) {
                    answer.send(Ok(done)).ok();
                }
            }
            Err(Trouble::Data(_)) if jobs.len() > 1 => {
                for (answer, job) in answers.into_iter().zip(jobs) {
                    let done = self.together(std::slice::from_ref(job)).await;
                    let done = done.map_err(Trouble::into_error).and_then(|done| {
                        let none = || StoreError::Broken("a job had no answer".to_owned());
                        done.into_iter().next().ok_or_else(none)
                    });
                    answer.send(done).ok();
                }
            }
            Err(trouble) => {
                let error = trouble.into_error();
                tracing::error!(store.error = %error, "the store did not commit");
                for answer in answers {
                    answer.send(Err(error.clone())).ok();
                }
            }
        }
    }

    /// One transaction, done again when it lost against another one, or when the connection turns out to be gone
    /// before anything can have been committed.
    async fn together(&mut self, jobs: &[Job]) -> Result<Vec<Done>, Trouble> {
        let (mut reconnected, mut alone) = (false, false);
        for _ in 0..TURNS {
            let mut conn = match self.conn.take() {
                Some(conn) => conn,
                None => connect::one(&self.address).await.map_err(Trouble::Store)?,
            };
            let mut group = Group::new(jobs, &mut self.batches, alone);
            let written = tokio::time::timeout(self.deadline, group.write(&mut conn)).await;
            let committing = group.is_committing();
            let Ok(result) = written else {
                // Half an answer may be on its way: this connection cannot be used again.
                let text = "writing takes too long".to_owned();
                return Err(Trouble::Store(StoreError::Unavailable(text)));
            };
            let error = match result {
                Ok(done) => {
                    self.conn = Some(conn);
                    self.transactions.fetch_add(1, Ordering::Relaxed);
                    return Ok(done);
                }
                Err(error) => error,
            };
            if !fault::was_answered(&error) {
                if committing || reconnected {
                    return Err(Trouble::Store(fault::fault(&error)));
                }
                reconnected = true;
                continue;
            }
            self.roll_back(conn).await;
            if fault::is_of_the_data(&error) {
                return Err(Trouble::Data(error));
            }
            if !fault::is_of_the_moment(&error) {
                return Err(Trouble::Store(fault::fault(&error)));
            }
            alone = true;
        }
        let text = "other processes keep getting in between".to_owned();
        Err(Trouble::Store(StoreError::Unavailable(text)))
    }

    /// Keeps the connection if it can be used again.
    async fn roll_back(&mut self, mut conn: PgConnection) {
        let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut conn);
        if let Ok(Ok(_)) = tokio::time::timeout(self.deadline, rollback).await {
            self.conn = Some(conn);
        }
    }
}

enum Trouble {
    /// The data of a job is refused.
    Data(sqlx::Error),
    Store(StoreError),
}

impl Trouble {
    fn into_error(self) -> StoreError {
        match self {
            Self::Data(error) => fault::fault(&error),
            Self::Store(error) => error,
        }
    }
}
