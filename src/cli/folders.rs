//! Folders that are used if they exist. The container image sets them in its environment, so that mounted folders need
//! no flag.

use std::path::{Path, PathBuf};

use clap::Args;

/// The name of the store inside the data folder.
const STORE: &str = "scandouble.db";

#[derive(Debug, Args)]
pub(super) struct FolderArgs {
    /// A folder of fixtures to use if it exists and --fixtures is not given; /fixtures in the image [default: none]
    #[arg(long, value_name = "FOLDER", env = "SCANDOUBLE_FIXTURES_DIR")]
    fixtures_dir: Option<String>,

    /// A folder for the store, used if something is mounted there and --db is not given; /data in the image [default: none]
    #[arg(long, value_name = "FOLDER", env = "SCANDOUBLE_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

impl FolderArgs {
    /// The folder of fixtures, if it exists.
    pub(super) fn fixtures(&self) -> Option<&str> {
        self.fixtures_dir.as_deref().filter(|folder| !folder.is_empty() && Path::new(folder).is_dir())
    }

    /// The file for the store, if something is mounted on its folder. An unmounted folder is deleted with its container, so
    /// writing to it would cost time for nothing.
    pub(super) fn db(&self) -> Option<PathBuf> {
        let folder = self.data_dir.as_deref()?;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        is_mounted(&mounts, folder).then(|| folder.join(STORE))
    }
}

/// Whether `folder` is a mount point, according to `/proc/self/mountinfo`: the fifth column, with spaces as `\040`.
fn is_mounted(mounts: &str, folder: &Path) -> bool {
    let place = |line: &str| line.split(' ').nth(4).map(|place| place.replace("\\040", " "));
    mounts.lines().filter_map(place).any(|place| Path::new(&place) == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_read_from_mountinfo() {
        let mounts = "605 604 0:51 / / ro,relatime - overlay overlay rw\n\
                      606 605 254:0 /volumes/a/_data /data rw,relatime master:1 - ext4 /dev/vda rw\n\
                      607 605 254:0 /x /my\\040data rw - ext4 /dev/vda rw\n";
        for (folder, mounted) in [
            ("/data", true),
            ("/data/", true),
            ("/my data", true),
            ("/dat", false),
            ("/volumes/a/_data", false),
        ] {
            assert_eq!(is_mounted(mounts, Path::new(folder)), mounted, "{folder}");
        }
        assert!(!is_mounted("", Path::new("/data")));
    }
}
