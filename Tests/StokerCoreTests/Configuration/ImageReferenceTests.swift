import Testing

@testable import StokerCore

@Suite struct ImageReferenceTests {
    @Test(arguments: [
        ("app", "app:latest"), ("app:1.10", "app:1.10"), ("a/b/c", "a/b/c:latest"),
        ("localhost/app", "localhost/app:latest"), ("localhost:5000/app", "localhost:5000/app:latest"),
        ("ghcr.io/acme/app:v1", "ghcr.io/acme/app:v1"), ("Reg.Example.org/app", "Reg.Example.org/app:latest"),
        ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000/app:latest"), ("[::1]/app", "[::1]/app:latest"),
        ("a.b_c__d-e---f", "a.b_c__d-e---f:latest"), ("0", "0:latest"), ("app:_x.Y-", "app:_x.Y-"),
        ("UPPER/app", "UPPER/app:latest"), ("stoker-build-2:x", "stoker-build-2:x"),
        ("ghcr.io/stoker-build", "ghcr.io/stoker-build:latest"), ("stoker-kept-2", "stoker-kept-2:latest"),
        ("me/stoker-kept:1", "me/stoker-kept:1"),
        (String(repeating: "a", count: 255), String(repeating: "a", count: 255) + ":latest"),
        ("a:" + String(repeating: "t", count: 128), "a:" + String(repeating: "t", count: 128)),
        (String(repeating: "g", count: 64), String(repeating: "g", count: 64) + ":latest"),
    ])
    func aReferenceByTheGrammarIsTaken(text: String, whole: String) throws {
        #expect(try ImageReference(parsing: text).text == whole)
    }

    @Test(arguments: [
        ("", "it is empty"), ("App", "\"App\" has upper-case letters"),
        ("a/B", "\"B\" has upper-case letters"), ("a//b", "a part of the name is empty"),
        ("/a", "a part of the name is empty"), ("a/", "a part of the name is empty"),
        (":x", "a part of the name is empty"), ("a:", "the tag is empty"),
        ("a:.x", "the tag \".x\" has more than letters, digits, and _ . -"),
        ("a:-x", "the tag \"-x\" has more than letters, digits, and _ . -"),
        ("a:x+y", "the tag \"x+y\" has more than letters, digits, and _ . -"),
        ("a:\(String(repeating: "t", count: 129))", "the tag is longer than 128 characters"),
        (String(repeating: "a", count: 256), "the name is longer than 255 characters"),
        ("-a", "\"-a\" has a separator in the wrong place"),
        ("a-", "\"a-\" has a separator in the wrong place"),
        ("_", "\"_\" has a separator in the wrong place"),
        ("a..b", "\"a..b\" has a separator in the wrong place"),
        ("a___b", "\"a___b\" has a separator in the wrong place"),
        ("a.-b", "\"a.-b\" has a separator in the wrong place"),
        ("a b", "\"a b\" has more than letters, digits, and . _ -"),
        ("é", "\"é\" has more than letters, digits, and . _ -"),
        ("--privileged", "\"--privileged\" has a separator in the wrong place"),
        ("a@sha256:0", "it has a digest, which only a built image gets"),
        ("a.b:x/c", "\"x\" is not a port"), ("a.b:/c", "\"\" is not a port"),
        ("-a.b/c", "\"-a.b\" is not a registry's host"), ("a..b/c", "\"a..b\" is not a registry's host"),
        ("[x]:1/c", "\"[x]\" is not a registry's host"), ("Ä.b/c", "\"Ä.b\" is not a registry's host"),
        (String(repeating: "a", count: 64), "64 hex digits are an image ID"),
        ("sha256:aaa", "sha256 is a digest's name"),
        ("stoker-build", "the repository stoker-build is Stoker's own"),
        ("library/stoker-build:x", "the repository stoker-build is Stoker's own"),
        ("docker.io/stoker-build", "the repository stoker-build is Stoker's own"),
        ("index.docker.io/library/stoker-build", "the repository stoker-build is Stoker's own"),
        ("stoker-kept", "the repository stoker-kept is Stoker's own"),
        ("library/stoker-kept:x", "the repository stoker-kept is Stoker's own"),
        ("docker.io/library/stoker-kept:x", "the repository stoker-kept is Stoker's own"),
        ("index.docker.io/stoker-kept", "the repository stoker-kept is Stoker's own"),
        ("localhost/stoker-kept", "the repository stoker-kept is Stoker's own"),
        ("localhost/library/stoker-build:1", "the repository stoker-build is Stoker's own"),
        ("localhost:5000/stoker-kept", "the repository stoker-kept is Stoker's own"),
        ("docker.io:443/library/stoker-kept:x", "the repository stoker-kept is Stoker's own"),
        ("Docker.IO/library/stoker-build", "the repository stoker-build is Stoker's own"),
        ("registry-1.docker.io/library/stoker-kept", "the repository stoker-kept is Stoker's own"),
        ("stoker-kept@sha256:0", "it has a digest, which only a built image gets"),
    ])
    func anythingElseIsRefusedWithTheReason(text: String, reason: String) {
        #expect(throws: ImageReference.Flaw(reason)) { try ImageReference(parsing: text) }
    }

    @Test(arguments: [
        ("docker.io/library/app", "app:latest"), ("index.docker.io/app:1", "app:1"),
        ("library/app", "app:latest"), ("docker.io/acme/app", "acme/app:latest"),
        ("ghcr.io/library/app", "ghcr.io/library/app:latest"),
    ])
    func oneImageHasOneFamiliarName(text: String, familiar: String) throws {
        #expect(try ImageReference(parsing: text).familiarText == familiar)
    }
}
