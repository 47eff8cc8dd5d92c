//! The inbox: who may open and do what, and the stories of these pages.

use super::access::Row;

/// Every page and action of this area.
pub(super) const ROWS: &[Row] = &[("GET", "/", "", &[], [200; 4])];
