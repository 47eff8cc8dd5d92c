//! Addresses, categories and troubles as the JSON text they are kept in.
//!
//! An address is `["name","address"]`, so that a thousand of them stay small.

use maildesk_model::mailbox::Trouble;
use maildesk_model::message::Address;

use crate::contract::{Result, StoreError};

fn write<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("strings and lists of strings always have a JSON form")
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Corrupt(format!("a list is not JSON: {:?}", error.classify())))
}

/// One address.
pub(crate) fn from_address(address: &Address) -> String {
    write(&(&address.name, &address.address))
}

/// Reads [`from_address`].
pub(crate) fn to_address(text: &str) -> Result<Address> {
    let (name, address) = read(text)?;
    Ok(Address { name, address })
}

/// An address that may be missing.
pub(crate) fn to_opt_address(text: Option<String>) -> Result<Option<Address>> {
    text.as_deref().map(to_address).transpose()
}

/// Several addresses.
pub(crate) fn from_addresses(addresses: &[Address]) -> String {
    let pairs: Vec<_> = addresses
        .iter()
        .map(|address| (&address.name, &address.address))
        .collect();
    write(&pairs)
}

/// Reads [`from_addresses`].
pub(crate) fn to_addresses(text: &str) -> Result<Vec<Address>> {
    let pairs: Vec<(String, String)> = read(text)?;
    Ok(pairs
        .into_iter()
        .map(|(name, address)| Address { name, address })
        .collect())
}

/// Category names.
pub(crate) fn from_names(names: &[String]) -> String {
    write(&names)
}

/// Reads [`from_names`].
pub(crate) fn to_names(text: &str) -> Result<Vec<String>> {
    read(text)
}

/// What is wrong.
pub(crate) fn from_trouble(trouble: &Trouble) -> String {
    write(&(&trouble.code, &trouble.message, &trouble.remedy))
}

/// Reads [`from_trouble`].
pub(crate) fn to_trouble(text: &str) -> Result<Trouble> {
    let (code, message, remedy) = read(text)?;
    Ok(Trouble {
        code,
        message,
        remedy,
    })
}

/// A trouble that may be missing.
pub(crate) fn to_opt_trouble(text: Option<String>) -> Result<Option<Trouble>> {
    text.as_deref().map(to_trouble).transpose()
}

/// Several troubles.
pub(crate) fn from_troubles(troubles: &[Trouble]) -> String {
    let triples: Vec<_> = troubles
        .iter()
        .map(|trouble| (&trouble.code, &trouble.message, &trouble.remedy))
        .collect();
    write(&triples)
}

/// Reads [`from_troubles`].
pub(crate) fn to_troubles(text: &str) -> Result<Vec<Trouble>> {
    let triples: Vec<(String, String, String)> = read(text)?;
    Ok(triples
        .into_iter()
        .map(|(code, message, remedy)| Trouble {
            code,
            message,
            remedy,
        })
        .collect())
}
