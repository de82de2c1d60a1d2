//! Folders that are used if they exist. The container image sets them in its environment, so that a mounted folder
//! needs no flag.

use std::path::{Path, PathBuf};

use clap::Args;

/// What the store is called in a folder for it.
const STORE: &str = "scandouble.db";

#[derive(Debug, Args)]
pub(super) struct Folders {
    /// A folder of fixtures to read if it is there and --fixtures names none; /fixtures in the image [default: none]
    #[arg(long, value_name = "FOLDER", env = "SCANDOUBLE_FIXTURES_DIR", hide_env_values = true)]
    fixtures_dir: Option<String>,

    /// A folder to keep the store in if something is mounted there and --db names no file; /data in the image
    /// [default: none]
    #[arg(long, value_name = "FOLDER", env = "SCANDOUBLE_DATA_DIR", hide_env_values = true)]
    data_dir: Option<PathBuf>,
}

impl Folders {
    /// The folder of fixtures, if it is there.
    pub(super) fn fixtures(&self) -> Option<&str> {
        self.fixtures_dir.as_deref().filter(|folder| !folder.is_empty() && Path::new(folder).is_dir())
    }

    /// The file for the store, if something is mounted on its folder. A folder that is merely there belongs to the
    /// container and goes with it; writing into it would cost time and keep nothing.
    pub(super) fn db(&self) -> Option<PathBuf> {
        let folder = self.data_dir.as_deref()?;
        let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        is_mounted(&mounts, folder).then(|| folder.join(STORE))
    }
}

/// Whether `folder` is a mount point, by the kernel's list: its fifth column, in which blanks are written `\040`.
fn is_mounted(mounts: &str, folder: &Path) -> bool {
    let place = |line: &str| line.split(' ').nth(4).map(|place| place.replace("\\040", " "));
    mounts.lines().filter_map(place).any(|place| Path::new(&place) == folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_is_read_from_the_kernels_list() {
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
