//! Random bytes, and good interchanges with something broken: never a panic, always an answer.

use proptest::prelude::*;

use super::*;
use crate::wire::ack;
use crate::wire::check;
use crate::wire::schema;
use crate::wire::split::split;
use crate::wire::stream::Interchanges;

const SEEDS: [&str; 3] = [
    "ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       *250131*1200*^*00501*000000905*1*T*>~\nTA1*000000001*250131*1200*A*000~GS*AN*S*R*20250131*1200*17*X*005010~ST*180*0001~BGN*13*R-1*20250131~BLI*VN*A*1*EA~QTY*76*1*EA>1^x~SE*5*0001~ST*997*0002~AK1*AN*7~AK2*180*0001~AK3*BGN*2**8~AK4*1>2*353*7*x~AK5*R*5~AK9*R*1*1*0~SE*8*0002~GE*2*17~IEA*1*000000905~",
    "UNA:+.?*'UNB+UNOC:4+A:14+B:14+20250131:1200+REF1++++1'UNG+RETANN+A+B+250131:1200+G1+UN+D:96A'UNH+M1+RETANN:D:96A:EN:EAN001'BGM+70E::9+1276+9'DTM+137:20250131:102'LIN+1++4000862141404:EN'QTY+61:48'UNT+6+M1'UNE+1+G1'UNZ+1+REF1'",
    "UNB+UNOA:3+A+B+250131:1200+1'UNH+1+CONTRL:D:3:UN'UCI+7+A+B+7'UCM+1+RETANN:D:96A:EN+4+12'UCS+3+13'UCD+12+2:1'UNT+6+1'UNO+P1'bin'UNP+3+P1'UNZ+2+1'",
];

/// Everything that is made of bytes from outside.
fn use_all(bytes: &[u8]) {
    let limits = Limits::default();
    let pieces = split(bytes);
    let mut whole = vec![bytes];
    for piece in pieces.iter().flatten() {
        assert!(piece.start <= piece.end && piece.end <= bytes.len());
        whole.push(&bytes[piece.start..piece.end]);
    }
    for piece in whole {
        let Ok(interchange) = super::super::read(piece, &limits) else {
            continue;
        };
        let summary = check::check_envelopes(piece, &limits).unwrap();
        assert_eq!(summary.groups, interchange.groups.len());
        for (index, group) in interchange.groups.iter().enumerate() {
            let extra: Vec<Fault> = group.sets.iter().flat_map(schema::validate).collect();
            let answer = ack::acknowledge_997(&interchange, index, &extra);
            assert!(answer.segments.len() >= 2);
            let answer = ack::acknowledge_contrl(&interchange, &extra);
            assert!(!answer.segments.is_empty());
        }
        for ack in ack::read_acks(&interchange) {
            assert!(!ack.text.is_empty());
        }
    }
    let parts = Interchanges::new(bytes, &limits).filter_map(Result::ok);
    assert!(parts.map(|part| part.bytes.len()).sum::<usize>() <= bytes.len());
}

proptest! {
    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        use_all(&bytes);
    }

    #[test]
    fn random_text_of_edi(
        text in "((ISA|UNA|UNB|UNH|GS|ST|SE|IEA|UNZ|BIN|UNO)?[*+:~'?>^ \n\r0-9A-Z]{0,9}){0,60}"
    ) {
        use_all(text.as_bytes());
    }

    #[test]
    fn bytes_changed(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        use_all(&bytes);
    }

    #[test]
    fn bytes_lost_and_doubled(
        seed in 0..SEEDS.len(),
        from in any::<prop::sample::Index>(),
        length in 1_usize..80,
        doubled in any::<bool>(),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        let from = from.index(bytes.len());
        let to = (from + length).min(bytes.len());
        if doubled {
            let part = bytes[from..to].to_vec();
            bytes.splice(from..from, part);
        } else {
            bytes.drain(from..to);
        }
        use_all(&bytes);
    }

    #[test]
    fn cut_anywhere(seed in 0..SEEDS.len(), at in any::<prop::sample::Index>()) {
        let bytes = SEEDS[seed].as_bytes();
        use_all(&bytes[..at.index(bytes.len())]);
    }
}

#[test]
fn the_seeds_themselves_are_clean() {
    for (seed, wanted) in SEEDS.iter().zip([0, 0, 1]) {
        let interchange = read(seed);
        let found = faults(&interchange);
        assert_eq!(found.len(), wanted, "{found:?}");
    }
}
