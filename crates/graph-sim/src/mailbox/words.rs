//! The vocabulary of filled mail: names, companies, subjects and sentences, so that lists, search and conversations have something to bite on.

use super::message::Person;
use crate::hash::Hash;

const FIRST: [&str; 40] = [
    "Ada", "Amir", "Anna", "Beatriz", "Carlos", "Chiara", "Daan", "Elena", "Emil", "Fatima",
    "Femke", "George", "Hana", "Ines", "Ivan", "Jonas", "Julia", "Karim", "Lars", "Leila", "Lucas",
    "Maja", "Marco", "Mei", "Mohammed", "Nadia", "Noah", "Olga", "Oscar", "Paula", "Pierre",
    "Priya", "Rosa", "Samuel", "Sofia", "Tomás", "Ulrike", "Viktor", "Yuki", "Zoë",
];
const LAST: [&str; 40] = [
    "Almeida",
    "Andersson",
    "Bauer",
    "Bianchi",
    "Brown",
    "Chen",
    "Costa",
    "de Vries",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Hansen",
    "Ibrahim",
    "Ivanova",
    "Jansen",
    "Jensen",
    "Kaya",
    "Keller",
    "Kowalski",
    "Lefèvre",
    "Lindqvist",
    "Martin",
    "Meyer",
    "Moreau",
    "Müller",
    "Nakamura",
    "Novák",
    "O'Neil",
    "Okafor",
    "Papadopoulos",
    "Patel",
    "Peeters",
    "Ricci",
    "Santos",
    "Schmidt",
    "Silva",
    "Tanaka",
    "Weber",
];
const COMPANY: [&str; 16] = [
    "northwind",
    "fabrikam",
    "tailspin",
    "adatum",
    "litware",
    "proseware",
    "wingtip",
    "alpineski",
    "cohovineyard",
    "lucerne",
    "margies",
    "trey",
    "woodgrove",
    "humongous",
    "bluecell",
    "grafton",
];
const TOPIC: [&str; 32] = [
    "Invoice {n}",
    "Order {n}",
    "Delivery of order {n}",
    "Quotation {n}",
    "Contract renewal",
    "Minutes of Monday's meeting",
    "Question about invoice {n}",
    "Your booking {n}",
    "Service report {n}",
    "Change of address",
    "New price list",
    "Ticket {n}: printer offline",
    "Budget for next quarter",
    "Invitation to the summer party",
    "Reminder: timesheets",
    "Project plan, version {n}",
    "Feedback on the draft",
    "Holiday request",
    "Warehouse stock count",
    "Return {n}",
    "Complaint about delivery {n}",
    "Security notice",
    "Password expires soon",
    "Newsletter no. {n}",
    "Travel arrangements",
    "Application as accountant",
    "Onboarding of new colleagues",
    "Payment received {n}",
    "Purchase order {n}",
    "Site visit in Lisbon",
    "Training on Thursday",
    "Production figures",
];
const SENTENCE: [&str; 32] = [
    "Thank you for your quick answer.",
    "Please find the details below.",
    "Could you have a look before Friday?",
    "I have attached the document we talked about.",
    "The delivery is planned for next week.",
    "We have not received the payment yet.",
    "Let me know if anything is unclear.",
    "The figures differ from what we agreed on in March.",
    "Our colleague in the warehouse will call you tomorrow morning.",
    "As discussed on the phone, we will send a replacement at no charge.",
    "The meeting moves to room 4 on the second floor.",
    "Please confirm the order by return.",
    "The customer would like to change the delivery address.",
    "I am out of the office until the 14th.",
    "We propose to share the costs equally.",
    "There are two open points on our side.",
    "The new price list is valid from the first of next month.",
    "Could somebody from accounting check this?",
    "The parcel was returned because nobody was at home.",
    "We are very happy with the result.",
    "Attached you will find the signed contract.",
    "The machine stopped twice during the night shift.",
    "Please treat this as confidential.",
    "I suggest that we meet for half an hour.",
    "The supplier has promised an answer by noon.",
    "Many thanks for the pleasant conversation.",
    "This affects orders placed after the 20th.",
    "The invoice carries the wrong VAT number.",
    "We will need three more licences.",
    "Travel costs are not included.",
    "The test went through without errors.",
    "Please reply to everybody, so that the team is informed.",
];
const CATEGORY: [&str; 6] = [
    "Customer",
    "Invoice",
    "Red category",
    "Follow up",
    "Internal",
    "Blue category",
];
const FILE: [(&str, &str); 6] = [
    ("Invoice {n}.pdf", "application/pdf"),
    (
        "Report {n}.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (
        "Figures {n}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("photo-{n}.jpg", "image/jpeg"),
    ("orders-{n}.csv", "text/csv"),
    ("Plan {n}.png", "image/png"),
];

fn pick<T: Copy>(list: &[T], hash: Hash) -> T {
    list[(hash.finish() % list.len() as u64) as usize]
}

fn numbered(pattern: &str, hash: Hash) -> String {
    pattern.replace(
        "{n}",
        &(10_000 + hash.number(5).finish() % 89_999).to_string(),
    )
}

/// A correspondent.
pub(crate) fn person(hash: Hash) -> Person {
    let (first, last) = (pick(&FIRST, hash.number(1)), pick(&LAST, hash.number(2)));
    let plain = |name: &str| {
        name.chars()
            .filter(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_lowercase()
    };
    Person {
        name: format!("{first} {last}"),
        address: format!(
            "{}.{}@{}.example",
            plain(first),
            plain(last),
            pick(&COMPANY, hash.number(3))
        ),
    }
}

/// A subject.
pub(crate) fn subject(hash: Hash) -> String {
    numbered(pick(&TOPIC, hash.number(4)), hash)
}

/// A category.
pub(crate) fn category(hash: Hash) -> String {
    pick(&CATEGORY, hash).to_owned()
}

/// A file name and its content type.
pub(crate) fn file(hash: Hash) -> (String, &'static str) {
    let (name, content_type) = pick(&FILE, hash.number(6));
    (numbered(name, hash), content_type)
}

/// The beginning of a message as plain text, at least `length` bytes when there is that much of it.
pub(crate) fn opening(hash: Hash, greeting: &str, length: usize) -> String {
    let mut text = format!("Hello {greeting},");
    for n in 0.. {
        if text.len() >= length {
            break;
        }
        text.push(' ');
        text.push_str(pick(&SENTENCE, hash.number(100 + n)));
    }
    text
}

/// An HTML body of about `length` bytes that begins as [`opening`] does.
pub(crate) fn html(hash: Hash, greeting: &str, signature: &str, length: usize) -> String {
    let mut html = String::with_capacity(length + 400);
    html.push_str("<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body><div><p>Hello ");
    html.push_str(greeting);
    html.push_str(",</p><p>");
    let mut n = 0;
    while html.len() + 60 < length || n == 0 {
        if n > 0 {
            html.push_str(if n % 5 == 0 { "</p><p>" } else { " " });
        }
        html.push_str(pick(&SENTENCE, hash.number(100 + n)));
        n += 1;
    }
    html.push_str("</p><p>Kind regards<br>");
    html.push_str(signature);
    html.push_str("</p></div></body></html>");
    html
}

/// The name of the nth filled folder: departments and years, some of them below others.
pub(crate) fn folder(n: usize) -> String {
    const ROOM: [&str; 10] = [
        "Customers",
        "Suppliers",
        "Projects",
        "Accounting",
        "Personnel",
        "Logistics",
        "Service",
        "Marketing",
        "Legal",
        "Travel",
    ];
    let (room, round) = (ROOM[n % 10], n / 10);
    if round == 0 {
        room.to_owned()
    } else {
        format!("{room} {}", 2_005 + round)
    }
}
