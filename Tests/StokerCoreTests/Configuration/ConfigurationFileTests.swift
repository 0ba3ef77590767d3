import Foundation
import SystemPackage
import Testing

@testable import StokerCore

@Suite struct ConfigurationFileTests {
    private func failure(_ fixture: ConfigurationFixture) -> String? {
        fixture.failure {
            try ProjectSettings.load(
                root: fixture.root, user: UserSettings(file: fixture.userFile, home: fixture.home))
        }
    }

    @Test func aDirectoryInPlaceOfTheFileIsRefused() throws {
        let fixture = try ConfigurationFixture()
        try fixture.folder(fixture.file)
        #expect(
            failure(fixture) == "cannot read FILE: it is a directory; put a regular file in its place")
    }

    @Test func aFIFOInPlaceOfTheFileIsRefusedWithoutWaiting() throws {
        let fixture = try ConfigurationFixture()
        #expect(mkfifo(fixture.file.string, 0o600) == 0)
        #expect(
            failure(fixture) == "cannot read FILE: it is not a regular file; put a regular file in its place")
    }

    @Test func aSymbolicLinkInPlaceOfTheFileIsRefused() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("images: {}", fixture.root.appending("other.yaml"))
        try fixture.link(fixture.file, to: "other.yaml")
        #expect(
            failure(fixture) == "cannot read FILE: it is a symbolic link; put a regular file in its place")
    }

    @Test func aFileInPlaceOfTheFolderIsRefused() throws {
        let fixture = try ConfigurationFixture()
        try fixture.write("", fixture.root.appending("file"))
        let text = fixture.failure {
            try ConfigurationFile(reading: fixture.root.appending("file/stoker.yaml"))
        }
        #expect(text == "cannot read ROOT/file/stoker.yaml: Not a directory")
    }

    @Test func oneMebibyteIsReadAndOneByteMoreIsNot() throws {
        let fixture = try ConfigurationFixture()
        let most = "#" + String(repeating: "x", count: ConfigurationFile.sizeLimit - 1)
        #expect(try fixture.load(most).images.count == 1)
        #expect(
            fixture.failure { try fixture.load(most + "x") }
                == "cannot read FILE: it is larger than 1048576 bytes; make it smaller")
    }

    @Test(arguments: [
        ([0xFF], 1, 1), (Array("a: é\n  ".utf8) + [0xC3], 2, 3),
        (Array("é".utf8) + [0xED, 0xA0, 0x80], 1, 2),
    ])
    func bytesThatAreNotUTF8AreRefusedWithTheirPlace(bytes: [UInt8], line: Int, column: Int) throws {
        let fixture = try ConfigurationFixture()
        try Data(bytes).write(to: URL(fileURLWithPath: fixture.file.string))
        #expect(
            failure(fixture)
                == "FILE:\(line):\(column): found a byte that is not UTF-8; save the file as UTF-8")
    }

    @Test func aByteOrderMarkDoesNotShiftColumns() throws {
        let fixture = try ConfigurationFixture()
        #expect(
            fixture.failure { try fixture.load("\u{FEFF}image: x") }
                == "FILE:1:8: \"image\": found \"x\", expected a map of an image's settings")
    }

    @Test func columnsCountCharactersNotBytes() throws {
        let fixture = try ConfigurationFixture()
        let text = fixture.failure { try fixture.load("images: {a: {args: {\"é日𝄞\": 1}, bad: 1}}") }
        #expect(text?.hasPrefix("FILE:1:32: found the unknown key \"bad\"") == true)
    }

    @Test func aFileNameCannotForgeALine() throws {
        let fixture = try ConfigurationFixture(project: "a\nb")
        let text = fixture.failure { try fixture.load("x: 1") }
        #expect(text?.hasPrefix("\"REPO/a\\nb/stoker.yaml\":1:1: found the unknown key") == true)
    }
}
