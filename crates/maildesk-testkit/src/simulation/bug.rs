//! Bugs that are planted to check the checker: each breaks one promise of the product, and each must
//! be found by the seeds.

/// A planted bug.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bug {
    /// The webhook answers 202 and some stamps were never written.
    LostStamp,
    /// Hints are settled without anybody having read the messages.
    HintUnread,
    /// The delta link is saved first, and the rows afterwards.
    LinkBeforeRows,
    /// What a folder's delta calls removed is deleted at once.
    RemovalIsDeletion,
    /// What is gone for good stays.
    NeverForgotten,
    /// A node that lost its lease can write all the same.
    StaleEpoch,
    /// A mailbox that is taken is given away again.
    DoubleClaim,
    /// An intent that was carried out is not settled, and is carried out again.
    DoubledIntent,
    /// A created subscription is not written down.
    LostActivation,
    /// A refreshed token is not written down.
    LostTokens,
    /// A live view is not told the last of what it reads.
    EventSkipped,
    /// A live view is told something twice.
    EventTwice,
    /// Calls to Graph are not limited.
    FifthCall,
}

impl Bug {
    /// Every one.
    pub const ALL: [Self; 13] = [
        Self::LostStamp,
        Self::HintUnread,
        Self::LinkBeforeRows,
        Self::RemovalIsDeletion,
        Self::NeverForgotten,
        Self::StaleEpoch,
        Self::DoubleClaim,
        Self::DoubledIntent,
        Self::LostActivation,
        Self::LostTokens,
        Self::EventSkipped,
        Self::EventTwice,
        Self::FifthCall,
    ];
}
