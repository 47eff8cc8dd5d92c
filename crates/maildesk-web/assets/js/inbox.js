// The inbox, live. Each room of the page has a file of its own under inbox/; without any of them
// every link and button still works, with a page load for each.

import "./inbox/list.js";
import "./inbox/tree.js";
import "./inbox/reading.js";
import "./inbox/act.js";
import "./inbox/compose.js";
import "./inbox/keys.js";
import "./inbox/live.js";
