//! A credit memo is taken back as a whole, with its corrections: somebody of finance asked for it.
//!
//! What is taken back is what is posted, to the minor unit. Afterwards its units may be credited again, by a memo of the
//! next generation: at once if that was asked for or their goods were looked at again meanwhile, else when they are.

use canonical::command::{CreditReversal, ReversedPart};
use canonical::event::CreditReversalRequest;
use canonical::exception::Severity;
use canonical::{BusinessCode, EffectKey, EffectKind, ExceptionCode, Lifecycle, Money};

use crate::correct::{self, corrections, credit, credit_mut};
use crate::credit::Amounts;
use crate::exposure;
use crate::money_state::{CreditRecord, CreditState, Reversal, SliceCredit};
use crate::post;
use crate::rule::set_credit;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{keys, state::ReturnState};

/// Takes a request in. Only a memo that is posted can be taken back, and nothing of it may be on its way.
pub(crate) fn record(work: &mut Work<'_>, asked: &CreditReversalRequest) -> Verdict {
    let Some(named) = named(&work.state, &asked.memo) else {
        return refuse(
            work,
            asked,
            "the return has no such credit memo: name it by its number in the ERP or by its effect key",
        );
    };
    if let Some(memo) = named.corrects {
        let memo = credit(&work.state, memo).and_then(|memo| memo.effect_key.clone());
        let memo = memo.map_or_else(String::new, |key| key.0);
        return refuse(
            work,
            asked,
            &format!("it is a correction: take the memo back that it corrects ({memo})"),
        );
    }
    if exposure::is_advance(&work.state, named.version) {
        return refuse(
            work,
            asked,
            "it is a credit in advance of the goods, which is never taken back by itself: what does not come back or \
             earns less is invoiced once the goods are due",
        );
    }
    let (version, is_asked) = (
        named.version,
        named
            .book
            .as_ref()
            .is_some_and(|book| book.reversal.is_some()),
    );
    match named.state {
        CreditState::Credited if is_asked => return Verdict::Duplicate,
        CreditState::Reversed => return Verdict::Duplicate,
        CreditState::Credited => {}
        _ => {
            return refuse(
                work,
                asked,
                "it is not posted yet: wait for its outcome, then replay",
            );
        }
    }
    let is_posting = |state| state == CreditState::Posting;
    if !corrections(&work.state, version, is_posting).is_empty() {
        return refuse(
            work,
            asked,
            "a correction of it is on its way: wait for its outcome, then replay",
        );
    }
    if let Err(why) = correct::keep_memo(work, version) {
        return refuse(work, asked, &why);
    }
    correct::withdraw(work, version);
    let Some(documents) = documents(&work.state, version) else {
        return refuse(work, asked, "its amounts cannot be computed");
    };
    let mut effects = Vec::new();
    let dates = post::dates(work);
    for mut data in documents {
        let keyed = reversal_key(&work.state, &data.reverses);
        data.reason = format!("{} ({})", asked.reason, asked.requested_by);
        (data.document_date, data.posting_date) = (Some(dates.0), dates.1);
        effects.push(keyed.0.clone());
        post::take_back(work, keyed, data);
    }
    let reversal = Reversal {
        request_id: asked.request_id.clone(),
        effects,
        again: asked.credit_again,
    };
    if let Some(book) = credit_mut(&mut work.state, version).and_then(|c| c.book.as_mut()) {
        book.reversal = Some(reversal);
    }
    work.cured(
        ExceptionCode::NotAllowedNow,
        &format!("{}/{version}", correct::ABOUT),
    );
    if matches!(
        work.state.lifecycle(),
        Lifecycle::Settled | Lifecycle::Closed
    ) {
        work.enter(Lifecycle::InProgress);
    }
    work.milestone_with(BusinessCode::R530, post::shift_note(dates));
    Verdict::Applied
}

/// The credit of a document number or an effect key.
fn named<'a>(state: &'a ReturnState, memo: &str) -> Option<&'a CreditRecord> {
    let is_it = |key: &EffectKey| {
        let effect = state.effect(key);
        let is_document = effect.is_some_and(|effect| {
            effect.kind == EffectKind::ErpCreditMemo && effect.document_no == memo
        });
        key.as_str() == memo || (is_document && !memo.is_empty())
    };
    let mut credits = state.credits.iter();
    credits.find(|credit| credit.effect_key.as_ref().is_some_and(is_it))
}

/// What takes a memo and its corrections back, reasons and dates left open: what is left of the memo itself, and every
/// memo that was posted on top of it. In all it is what is posted. `None` when an amount does not fit.
fn documents(state: &ReturnState, version: u32) -> Option<Vec<CreditReversal>> {
    let memo = credit(state, version)?;
    let book = memo.book.as_ref()?;
    let posted = corrections(state, version, |state| state == CreditState::Credited);
    let posted: Vec<&CreditRecord> = posted.iter().filter_map(|v| credit(state, *v)).collect();
    let mut documents = Vec::new();
    let mut own = book.posted.clone();
    for more in posted.iter().filter(|c| c.payable_minor > 0) {
        let key = more.effect_key.clone()?;
        documents.push(whole(state, key, more.payable_minor));
        own = own.minus(more.figures.as_deref()?)?;
    }
    let left = correct::left_of(state, version);
    let key = memo.effect_key.clone()?;
    if left == memo.payable_minor {
        documents.insert(0, whole(state, key, left));
    } else if left > 0 {
        let mut document = whole(state, key, left);
        document.part = Some(Box::new(rest(state, &own, book)?));
        documents.insert(0, document);
    }
    Some(documents)
}

fn whole(state: &ReturnState, reverses: EffectKey, minor: i64) -> CreditReversal {
    let document_no = state.effect(&reverses).map(|e| e.document_no.clone());
    CreditReversal {
        reverses,
        document_no: document_no.unwrap_or_default(),
        amount: Money::new(minor, state.header.currency),
        reason: String::new(),
        document_date: None,
        posting_date: None,
        part: None,
    }
}

fn rest(
    state: &ReturnState,
    own: &Amounts,
    book: &crate::money_state::Book,
) -> Option<ReversedPart> {
    let totals = own.totals()?;
    Some(ReversedPart {
        calc_hash: String::new(),
        net_minor: totals.net_minor,
        tax_minor: totals.tax_minor,
        lines: post::rest_lines(state, own, book),
        approved_by: Vec::new(),
    })
}

fn reversal_key(state: &ReturnState, memo: &EffectKey) -> keys::Keyed {
    let mut number = 1;
    loop {
        let keyed = keys::credit_reversal(memo, number);
        if state.effect(&keyed.0).is_none() {
            return keyed;
        }
        number += 1;
    }
}

/// A document of a reversal is posted. Once all are, the memo is none any more.
pub(crate) fn confirmed(work: &mut Work<'_>, key: &EffectKey) {
    let memo = work.state.credits.iter().find(|credit| {
        let reversal = credit.book.as_ref().and_then(|book| book.reversal.as_ref());
        credit.state == CreditState::Credited
            && reversal.is_some_and(|reversal| reversal.effects.contains(key))
    });
    let Some((version, Some(book))) = memo.map(|memo| (memo.version, memo.book.clone())) else {
        return;
    };
    let Some(reversal) = &book.reversal else {
        return;
    };
    let effects = &reversal.effects;
    if !effects.iter().all(|key| work.state.is_confirmed(key)) {
        return;
    }
    for credit in &mut work.state.credits {
        let is_of_it = credit.version == version || credit.corrects == Some(version);
        if is_of_it && credit.state == CreditState::Credited {
            credit.state = CreditState::Reversed;
        }
    }
    let again = reversal.again || book.stale;
    for index in 0..work.state.slices.len() {
        let Some(slice) = work.state.slices.get_mut(index) else {
            continue;
        };
        if !book.covers(slice)
            || matches!(
                slice.credit,
                SliceCredit::Provisional | SliceCredit::Unruled
            )
        {
            continue;
        }
        slice.calc_version = None;
        match (again, slice.credit) {
            (true, _) => set_credit(&mut work.state, index, SliceCredit::Unruled),
            (false, SliceCredit::None) => {}
            (false, _) => set_credit(&mut work.state, index, SliceCredit::Reversed),
        }
    }
    work.milestone(BusinessCode::R560);
}

fn refuse(work: &mut Work<'_>, asked: &CreditReversalRequest, why: &str) -> Verdict {
    let reason = format!(
        "credit memo {} of return {} cannot be taken back now, as {} asked: {why}",
        asked.memo, work.state.header.rma_number, asked.requested_by
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Warning,
        about: &format!("credit-reversal/{}", asked.request_id),
        reason: reason.clone(),
    });
    Verdict::Ignored(reason)
}
