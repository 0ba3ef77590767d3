/// Files and scripts in the Dockerfile itself.
extension FuzzDockerfile {
    /// What older builders take for paths is written for them too, now and then.
    mutating func addHereDocument(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        guard surroundings.hasHereDocuments || random.chance(1, in: 10) else { return }
        let place = "/o\(nextNumber())"
        switch random.number(in: 0..<8) {
        case 0 where stages.last?.hasShell == true: addScript(tree, to: place, &random)
        case 1 where stages.last?.hasShell == true:
            let document = Document("EOF", tree, &random)
            append("RUN cat \(document.opening) > \(place)")
            append(document)
        case 2: addOddity(tree, to: place, &random)
        default:
            let names = random.one(of: ["EOF"], ["EOF"], ["A", "B"], ["a"], ["EOF", "EOF2"])
            let documents = names.map { Document($0, tree, &random) }
            var words = documents.map(\.opening)
            if random.chance(1, in: 3), let path = plainPath(tree, &random) { words.insert(path, at: 0) }
            let verb = random.chance(1, in: 5) ? "ADD" : "COPY"
            append("\(verb) \(words.joined(separator: " ")) \(place)/")
            for document in documents { append(document) }
        }
        notePlace(place)
    }

    private mutating func addScript(_ tree: FuzzTree, to place: String, _ random: inout FuzzRandom) {
        append("RUN <<EOF")
        append("mkdir \(place)")
        append("echo \"$V $W\" > \(place)/x")
        if let path = plainPath(tree, &random) { append("COPY \(path) /not/an/instruction || true") }
        append("EOF")
    }

    /// What looks like one and need not be one: a builder may take it for paths, of files that may be there.
    private mutating func addOddity(_ tree: FuzzTree, to place: String, _ random: inout FuzzRandom) {
        let path = plainPath(tree, &random) ?? "a"
        append(
            random.one(
                of: "COPY << EOF \(place)/", "COPY <<EOF <<a<b \(place)/", "COPY '<<EOF' \(place)/",
                "COPY [\"<<EOF\", \"\(place)/\"]", "COPY <<EOF\\\n \(place)/", "ENV V=<<EOF",
                "COPY 0<<EOF \(place)/"))
        append("text")
        append("EOF" + random.one(of: "", "\r", "\r\r", " "))
        append("COPY \(path) \(place)/")
        append("EOF")
    }

    /// One, from its opening word to its last line.
    struct Document {
        var opening: String
        var lines: [String]

        init(_ name: String, _ tree: FuzzTree, _ random: inout FuzzRandom) {
            let chomps = random.chance(1, in: 4)
            let mark = chomps ? "<<-" : "<<"
            opening = mark + random.one(of: name, name, "'\(name)'", "\"\(name)\"")
            let known = [
                "plain", "$V and ${W:-w}", "COPY a /b", "FROM scratch", "# no comment", "", "\tx", "a \\",
            ]
            lines = (0..<random.number(in: 0..<4)).map { _ in random.pick(known) ?? "" }
            lines.append((chomps && random.chance(1, in: 2) ? "\t\t" : "") + name)
        }
    }

    private mutating func append(_ document: Document) {
        for line in document.lines { append(line) }
    }
}
