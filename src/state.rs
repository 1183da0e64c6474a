//! Files that outlive the process, in the state directory: replaced whole or not at all, and read only where nobody else can
//! have written them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use nix::unistd::Uid;

/// For its owner alone, as what clients ask for concerns nobody else.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
/// Whoever else may write a file could have written it.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// One file of the state directory.
#[derive(Clone, Debug)]
pub struct StateFile {
    directory: PathBuf,
    path: PathBuf,
}

impl StateFile {
    /// The file `name` in `directory`.
    #[must_use]
    pub fn new(directory: &Path, name: &str) -> Self {
        Self { directory: directory.to_owned(), path: directory.join(name) }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it, if it is there.
    ///
    /// # Errors
    /// When it cannot be opened, is no plain file, or is not this user's alone to write.
    pub fn open(&self) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(O_NOFOLLOW | O_NONBLOCK); // nor does it wait for a pipe's other end
        let file = match options.open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let about = file.metadata()?;
        let owner = Uid::from_raw(about.uid());
        if !about.is_file() {
            return Err(io::Error::other("it is no plain file"));
        }
        if owner != Uid::effective() || about.mode() & WRITABLE_BY_OTHERS != 0 {
            return Err(io::Error::other("others can have written it"));
        }
        Ok(Some(file))
    }

    /// Puts what `write` writes in its place: under another name first, so that there is a whole file at any time, whatever
    /// ends this process. The directory is made where there is none.
    ///
    /// # Errors
    /// When it cannot be written; then the file is as before.
    pub fn replace<T>(
        &self,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
    ) -> io::Result<T> {
        DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(&self.directory)?;
        let new = self.path.with_extension("new");
        let outcome = self.write_new(&new, write);
        if outcome.is_err() {
            let _ = fs::remove_file(&new); // what matters was told already
        }
        outcome
    }

    fn write_new<T>(
        &self,
        new: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
    ) -> io::Result<T> {
        match fs::remove_file(new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {} // left behind by who was killed
        }
        let mut options = OpenOptions::new();
        let mut file =
            BufWriter::new(options.write(true).create_new(true).mode(FILE_MODE).open(new)?);
        let written = write(&mut file)?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(new, &self.path)?;
        File::open(&self.directory)?.sync_all()?;
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A directory of one test, removed in the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("bailiwick-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn content(file: &StateFile) -> String {
        let mut text = String::new();
        let opened = file.open().expect("opened").expect("there");
        { opened }.read_to_string(&mut text).expect("read");
        text
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").mode() & 0o777
    }

    #[test]
    fn it_is_replaced_whole_or_not_at_all_and_belongs_to_its_owner() {
        let scratch = Scratch::new("whole");
        let file = StateFile::new(&scratch.0.join("a/b"), "cache");
        assert!(file.open().expect("no error").is_none());
        file.replace(|to| to.write_all(b"one")).expect("written");
        assert_eq!((content(&file).as_str(), mode(file.path())), ("one", 0o600));
        assert_eq!(mode(&scratch.0.join("a/b")), 0o700);
        let half = |to: &mut BufWriter<File>| -> io::Result<()> {
            to.write_all(b"tw")?;
            Err(io::Error::other("the disk is full"))
        };
        assert!(file.replace(half).is_err());
        assert_eq!(content(&file), "one");
        fs::write(scratch.0.join("a/b/cache.new"), "left behind").expect("written");
        file.replace(|to| to.write_all(b"three")).expect("written");
        assert_eq!(content(&file), "three");
        assert_eq!(fs::read_dir(scratch.0.join("a/b")).expect("read").count(), 1);
    }

    #[test]
    fn what_others_can_have_written_is_not_read() {
        let scratch = Scratch::new("others");
        let file = StateFile::new(&scratch.0, "cache");
        file.replace(|to| to.write_all(b"one")).expect("written");
        let allow = |mode| fs::set_permissions(file.path(), fs::Permissions::from_mode(mode));
        for (bits, read) in [(0o644, true), (0o660, false), (0o602, false), (0o600, true)] {
            allow(bits).expect("set");
            assert_eq!(file.open().is_ok(), read, "{bits:o}");
        }
        let (link, directory) =
            (StateFile::new(&scratch.0, "link"), StateFile::new(&scratch.0, "directory"));
        symlink(file.path(), link.path()).expect("made");
        fs::create_dir(directory.path()).expect("made");
        assert!(link.open().is_err() && directory.open().is_err());
    }

    #[test]
    fn where_nothing_can_be_written_that_is_an_error() {
        let scratch = Scratch::new("nowhere");
        fs::create_dir(&scratch.0).expect("made");
        fs::write(scratch.0.join("file"), "").expect("written");
        let file = StateFile::new(&scratch.0.join("file"), "cache");
        assert!(file.replace(|to| to.write_all(b"one")).is_err());
    }
}
