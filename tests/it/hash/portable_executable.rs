//! Builds a minimal PE file with imports.

const FILE_ALIGNMENT: usize = 0x200;
const SECTION: u32 = 0x1000;

/// A 32-bit console program that imports these functions of these libraries, in order; `#7` imports by ordinal.
pub fn with_imports(libraries: &[(&str, &[&str])]) -> Vec<u8> {
    let section = section(libraries);
    let mut file = vec![0; FILE_ALIGNMENT];
    file[..2].copy_from_slice(b"MZ");
    put32(&mut file, 0x3c, 0x40);
    file[0x40..0x44].copy_from_slice(b"PE\0\0");
    put16(&mut file, 0x44, 0x014c); // machine: i386
    put16(&mut file, 0x46, 1); // sections
    put16(&mut file, 0x54, 0xe0); // size of the optional header
    put16(&mut file, 0x56, 0x0102); // an executable for 32 bits
    put16(&mut file, 0x58, 0x010b); // PE32
    put32(&mut file, 0x58 + 28, 0x0040_0000); // image base
    put32(&mut file, 0x58 + 32, 0x1000); // alignment in memory
    put32(&mut file, 0x58 + 36, FILE_ALIGNMENT as u32);
    put32(&mut file, 0x58 + 56, SECTION + 0x1000 * (section.len() as u32).div_ceil(0x1000)); // size of the image
    put32(&mut file, 0x58 + 60, FILE_ALIGNMENT as u32); // size of the headers
    put16(&mut file, 0x58 + 68, 3); // subsystem: console
    put32(&mut file, 0x58 + 92, 16); // directories
    put32(&mut file, 0x58 + 96 + 8, SECTION); // imports
    put32(&mut file, 0x58 + 96 + 12, (libraries.len() as u32 + 1) * 20);
    let header = 0x58 + 0xe0;
    file[header..header + 6].copy_from_slice(b".idata");
    put32(&mut file, header + 8, section.len() as u32);
    put32(&mut file, header + 12, SECTION);
    put32(&mut file, header + 16, section.len().next_multiple_of(FILE_ALIGNMENT) as u32);
    put32(&mut file, header + 20, FILE_ALIGNMENT as u32);
    put32(&mut file, header + 36, 0xc000_0040); // initialised data, read and written
    file.extend_from_slice(&section);
    file.resize(file.len().next_multiple_of(FILE_ALIGNMENT), 0);
    file
}

/// The import section: descriptors, then for each library its name, its function names and their lookup table.
fn section(libraries: &[(&str, &[&str])]) -> Vec<u8> {
    let mut bytes = vec![0; (libraries.len() + 1) * 20];
    for (place, (library, functions)) in libraries.iter().enumerate() {
        let name = append(&mut bytes, &[library.as_bytes(), b"\0"].concat());
        let thunks: Vec<u32> = functions
            .iter()
            .map(|function| match function.strip_prefix('#') {
                Some(number) => 0x8000_0000 | number.parse::<u32>().expect("a number"),
                None => append(&mut bytes, &[b"\0\0", function.as_bytes(), b"\0"].concat()),
            })
            .chain([0])
            .collect();
        let list: Vec<u8> = thunks.iter().flat_map(|thunk| thunk.to_le_bytes()).collect();
        let lookup = append(&mut bytes, &list);
        let addresses = append(&mut bytes, &list);
        put32(&mut bytes, place * 20, lookup);
        put32(&mut bytes, place * 20 + 12, name);
        put32(&mut bytes, place * 20 + 16, addresses);
    }
    bytes
}

/// Appends data aligned to four bytes; returns its address in memory.
fn append(bytes: &mut Vec<u8>, more: &[u8]) -> u32 {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let address = SECTION + bytes.len() as u32;
    bytes.extend_from_slice(more);
    address
}

fn put16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

fn put32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}
