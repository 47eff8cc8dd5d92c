//! One stable hash for everything that must come out the same on every run and machine: ids, tokens, fault decisions, filled mail.
//!
//! The standard library's hashers promise nothing across versions, and a decision that changes with the toolchain would make a recorded seed worthless.

/// A running 64-bit hash; feed it parts, then [`Hash::finish`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash(u64);

const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Hash {
    /// Starts from a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed ^ 0xcbf2_9ce4_8422_2325)
    }

    /// Adds text. A separator follows it, so that ("ab","c") and ("a","bc") differ.
    pub(crate) const fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes()).number(0x1f)
    }

    /// Adds raw bytes (FNV-1a).
    pub(crate) const fn bytes(self, bytes: &[u8]) -> Self {
        let mut state = self.0;
        let mut index = 0;
        while index < bytes.len() {
            state = (state ^ bytes[index] as u64).wrapping_mul(PRIME);
            index += 1;
        }
        Self(state)
    }

    /// Adds a number.
    pub(crate) const fn number(self, number: u64) -> Self {
        Self(mix(self.0 ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// The result, well mixed in all its bits.
    pub(crate) const fn finish(self) -> u64 {
        mix(self.0)
    }

    /// The result as a fraction in `0.0..1.0`, to compare with a rate.
    pub(crate) fn fraction(self) -> f64 {
        (self.finish() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// `length` bytes of noise that follow from what was fed in.
    pub(crate) fn noise(self, length: usize) -> Vec<u8> {
        let mut noise = Vec::with_capacity(length + 8);
        let mut block = 0;
        while noise.len() < length {
            noise.extend_from_slice(&self.number(block).finish().to_le_bytes());
            block += 1;
        }
        noise.truncate(length);
        noise
    }

    /// A GUID in its usual form.
    pub(crate) fn guid(self) -> String {
        let (a, b) = (self.number(1).finish(), self.number(2).finish());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0x0fff,
            0x8000 | (b >> 48) & 0x3fff,
            b & 0xffff_ffff_ffff
        )
    }
}

/// The finaliser of splitmix64: every input bit reaches every output bit.
const fn mix(mut value: u64) -> u64 {
    value ^= value >> 30;
    value = value.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^= value >> 27;
    value = value.wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn parts_are_kept_apart_and_results_never_change() {
        assert_ne!(
            Hash::new(1).text("ab").text("c").finish(),
            Hash::new(1).text("a").text("bc").finish()
        );
        assert_eq!(
            Hash::new(7).text("delta").number(3).finish(),
            Hash::new(7).text("delta").number(3).finish()
        );
        assert_eq!(Hash::new(1).guid().len(), 36);
    }

    #[test]
    fn fractions_spread_evenly() {
        let low = (0..10_000)
            .filter(|n| Hash::new(9).number(*n).fraction() < 0.3)
            .count();
        assert!((2_800..3_200).contains(&low), "{low}");
    }
}
