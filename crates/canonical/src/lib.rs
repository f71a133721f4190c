//! The language of returns: ids, money, quantities, code lists, events, commands, envelope. No I/O.
