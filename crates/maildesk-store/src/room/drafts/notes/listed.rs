//! Graph's list of a copy's files, matched with the rows: which of them Graph has, and under which id.

use std::collections::HashSet;

use maildesk_model::id::DraftId;
use maildesk_model::message::RemoteAttachment;

use crate::contract::Result;
use crate::db::{Row, Tx, args};

/// A row that has no id of Graph's yet.
struct Nameless {
    id: i64,
    name: String,
    size: i64,
    is_here: bool,
}

/// Makes the rows fit the list. What lies inside the body belongs to the body and is left alone.
pub(super) async fn take(
    tx: &mut Tx,
    draft: DraftId,
    attachments: &[RemoteAttachment],
) -> Result<()> {
    let sql = "SELECT * FROM draft_file WHERE draft_id = $1 ORDER BY id";
    let rows = tx.all(sql, args![draft]).await?;
    let mut free: Vec<&RemoteAttachment> =
        attachments.iter().filter(|one| !one.is_inline).collect();
    let nameless = drop_gone(tx, &rows, &mut free).await?;
    for row in nameless {
        let Some(place) = place_of(&row, &free) else {
            not_there(tx, &row).await?;
            continue;
        };
        let found = free.remove(place);
        let sql = "UPDATE draft_file SET remote_id = $2, asked = 0, session = NULL WHERE id = $1";
        tx.run(sql, args![row.id, &found.remote_id]).await?;
    }
    for one in free {
        tx.run(
            "INSERT INTO draft_file (draft_id, name, content_type, size, is_here, remote_id)
             VALUES ($1, $2, $3, $4, 0, $5)",
            args![
                draft,
                &one.name,
                &one.content_type,
                one.size,
                &one.remote_id
            ],
        )
        .await?;
    }
    let sql = "UPDATE draft SET files_listed = 1 WHERE id = $1";
    tx.run(sql, args![draft]).await.map(drop)
}

/// Takes away what is gone at Graph, takes what is known out of `free`, and answers with the rows
/// that are to be found in it or are not there.
async fn drop_gone(
    tx: &mut Tx,
    rows: &[Row],
    free: &mut Vec<&RemoteAttachment>,
) -> Result<Vec<Nameless>> {
    let mut nameless = Vec::new();
    let mut known = HashSet::new();
    for row in rows {
        let (id, is_here) = (row.int("id")?, row.truth("is_here")?);
        match row.opt_text("remote_id")? {
            Some(remote_id) if free.iter().any(|one| one.remote_id == remote_id) => {
                known.insert(remote_id);
            }
            Some(_) if is_here && !row.truth("removed")? => {
                // Somebody took it out in Outlook; its bytes are here, so it goes there again.
                let sql = "UPDATE draft_file SET remote_id = NULL, asked = 0 WHERE id = $1";
                tx.run(sql, args![id]).await?;
            }
            Some(_) => delete(tx, id).await?,
            // Not handed over to Graph yet.
            None if is_here && !row.truth("asked")? => {}
            None => nameless.push(Nameless {
                id,
                name: row.text("name")?,
                size: row.int("size")?,
                is_here,
            }),
        }
    }
    free.retain(|one| !known.contains(&one.remote_id));
    Ok(nameless)
}

/// By name, and where several have the same, by size; Graph counts the size of some as encoded.
fn place_of(row: &Nameless, free: &[&RemoteAttachment]) -> Option<usize> {
    let same_name = |one: &&RemoteAttachment| one.name == row.name;
    free.iter()
        .position(|one| same_name(one) && one.size == row.size)
        .or_else(|| free.iter().position(same_name))
}

async fn not_there(tx: &mut Tx, row: &Nameless) -> Result<()> {
    if !row.is_here {
        return delete(tx, row.id).await;
    }
    let sql = "DELETE FROM draft_file WHERE id = $1 AND removed = 1";
    tx.run(sql, args![row.id]).await?;
    // An upload that was begun stays: what was asked may never have reached Graph.
    let sql = "UPDATE draft_file SET asked = 0 WHERE id = $1";
    tx.run(sql, args![row.id]).await.map(drop)
}

async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    let sql = "DELETE FROM draft_file WHERE id = $1";
    tx.run(sql, args![id]).await.map(drop)
}
