import Testing

/// What the counts of builds rest on.
@Suite struct RecordingSocketTests {
    @Test func `a build is counted once wherever its request is cut`() {
        let bytes = Array("}POST /v1.41/build?t=x HTTP/1.1\r\nPOST /v1.41/images/build?x".utf8)
        for cut in 0...bytes.count {
            var scanner = BuildRequestScanner()
            #expect(scanner.count(in: bytes[..<cut]) + scanner.count(in: bytes[cut...]) == 1, "\(cut)")
        }
    }

    @Test func `a build by buildx is counted once wherever its call is cut`() {
        // Two that only begin alike, and one with a further byte for the first.
        let like = Array(BuildRequestScanner.solve.dropLast()) + [0]
        let bytes = like + BuildRequestScanner.solve.prefix(1) + BuildRequestScanner.solve + like
        for cut in 0...bytes.count {
            var scanner = BuildRequestScanner()
            #expect(scanner.count(in: bytes[..<cut]) + scanner.count(in: bytes[cut...]) == 1, "\(cut)")
        }
    }

    @Test func `a lost image is told once wherever the answer is cut`() {
        let words = #"unable to find image \"sha256:0\""#
        let bytes = Array(#"{"errorDetail":{"message":"\#(words)"},"error":"\#(words)"}"#.utf8)
        for cut in 0...bytes.count {
            var scanner = LostImageScanner()
            let found = [bytes[..<cut], bytes[cut...]].map { scanner.isFirstFound(in: $0) }
            #expect(found.filter { $0 }.count == 1, "\(cut)")
        }
    }
}
