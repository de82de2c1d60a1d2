//! What outlives a server: entries of the parts of worlds, as they were last written down.

use sqlx::Row as _;

use super::{Store, StoreError};

/// One entry of a part of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The world's name.
    pub world: String,
    /// The part.
    pub part: String,
    /// What tells the entries of the part apart.
    pub key: String,
    /// The entry, as JSON.
    pub value: String,
}

/// A change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing of this world is kept any more.
    Forget(String),
    /// This entry is, in place of an older one.
    Keep(Kept),
    /// This entry, of a world, a part and a key, is not.
    Drop(String, &'static str, String),
}

impl Store {
    /// Writes all changes down, in order, or none.
    ///
    /// # Errors
    /// SQLite refuses; then nothing has changed.
    pub async fn write(&self, changes: &[Change]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for change in changes {
            let query = match change {
                Change::Forget(world) => sqlx::query("delete from kept where world = ?").bind(world),
                Change::Keep(kept) => sqlx::query(
                    "insert into kept (world, part, key, value) values (?, ?, ?, ?)
                     on conflict do update set value = excluded.value",
                )
                .bind(&kept.world)
                .bind(&kept.part)
                .bind(&kept.key)
                .bind(&kept.value),
                Change::Drop(world, part, key) => {
                    sqlx::query("delete from kept where world = ? and part = ? and key = ?")
                        .bind(world)
                        .bind(*part)
                        .bind(key)
                }
            };
            query.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Everything that is kept, world by world.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn kept(&self) -> Result<Vec<Kept>, StoreError> {
        let rows = sqlx::query("select world, part, key, value from kept order by world, part, key")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Kept {
                    world: row.try_get(0)?,
                    part: row.try_get(1)?,
                    key: row.try_get(2)?,
                    value: row.try_get(3)?,
                })
            })
            .collect()
    }
}
