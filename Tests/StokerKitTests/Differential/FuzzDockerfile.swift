import StokerCore

/// A random Dockerfile, most of which a builder takes.
struct FuzzDockerfile {
    /// What it may rest on.
    struct Surroundings {
        /// Local images with a shell in them; every one may have ONBUILD instructions and variables.
        var bases: [String]
        /// Whether `RUN --mount` is known.
        var hasMounts: Bool
        /// Whether the builder is of the time since which `RUN <<EOF` is known without a directive.
        var hasHereDocuments: Bool
        /// Additional build contexts, by name.
        var contexts: [String: FuzzTree]
        /// Makes every image, also one that a failed build leaves, known as ours.
        var label: String
    }

    enum Place: CaseIterable {
        case root, folder, outside
    }

    private(set) var lines: [[UInt8]] = []
    private(set) var target: String?
    private(set) var arguments: [String: String] = [:]
    private(set) var place = Place.root
    /// For the client's `--platform`; `nil` leaves it to the engine.
    private(set) var platform: String?
    private(set) var surroundings: Surroundings
    private let escape: UInt8
    private(set) var stages: [Stage] = []
    private var counter = 0

    /// A stage as far as later ones can use it.
    struct Stage {
        var name: String?
        var hasShell: Bool
        /// What it has copied, by where it put it.
        var places: [String] = []
    }

    init(_ tree: FuzzTree, _ surroundings: Surroundings, _ random: inout FuzzRandom) {
        self.surroundings = surroundings
        escape = random.chance(1, in: 8) ? UInt8(ascii: "`") : UInt8(ascii: "\\")
        if escape == UInt8(ascii: "`") { lines.append(Array("# escape=`".utf8)) }
        if random.chance(1, in: 3) { append("ARG BASE=\(random.pick(surroundings.bases) ?? "scratch")") }
        if surroundings.hasMounts, random.chance(1, in: 8) { platform = FuzzDockerfile.enginePlatform }
        for _ in 0..<random.one(of: 1, 1, 1, 2, 2, 3, 4) { addStage(tree, &random) }
        // What is in no image is not compared.
        if random.chance(1, in: 3) { append("COPY . /all/") }
        append(FuzzDockerfile.version(&random))
        if random.chance(1, in: 5), let stage = random.pick(stages.indices) {
            // The front end of engine 20.10 refuses a number.
            target = stages[stage].name ?? (random.chance(1, in: 4) ? String(stage) : nil)
        }
        place = random.chance(3, in: 4) ? .root : random.pick(Place.allCases) ?? .root
    }

    var bytes: [UInt8] { Array(lines.joined(separator: [0x0A])) + [0x0A] }

    /// The same Dockerfile for another image, whose additional contexts have the same names.
    func reading(_ contexts: [String: FuzzTree]) -> FuzzDockerfile {
        var other = self
        other.surroundings.contexts = contexts
        return other
    }

    /// - Returns: Whether it is another Dockerfile now.
    mutating func edit(_ tree: FuzzTree, _ random: inout FuzzRandom) -> Bool {
        let reading = lines.indices.filter { lines[$0].starts(with: "COPY".utf8) }
        if random.chance(1, in: 3), let line = random.pick(reading) {
            lines.remove(at: line)
        } else if random.chance(1, in: 4) {
            append("# a comment")
        } else {
            addCopy(tree, &random)
        }
        return true
    }

    mutating func append(_ line: String) { lines.append(Array(line.utf8)) }

    /// A label that is always of one length.
    private static func version(_ random: inout FuzzRandom) -> String {
        "LABEL dev.stoker.fuzz.version=\(random.number(in: 1000..<10_000))"
    }

    /// Changes the image and neither the Dockerfile's size nor what it reads.
    mutating func changeVersion(_ random: inout FuzzRandom) {
        guard let line = lines.lastIndex(where: { $0.starts(with: "LABEL dev.stoker.fuzz.version".utf8) })
        else { return }
        lines[line] = Array(FuzzDockerfile.version(&random).utf8)
    }

    /// - Returns: Whether one of the build arguments has another value now.
    mutating func changeArgument(_ tree: FuzzTree, _ random: inout FuzzRandom) -> Bool {
        guard let name = random.pick(arguments.keys.sorted()), let path = plainPath(tree, &random),
            arguments[name] != path
        else { return false }
        arguments[name] = path
        return true
    }

    mutating func changePlatform() -> Bool {
        guard surroundings.hasMounts else { return false }
        platform = platform == nil ? FuzzDockerfile.enginePlatform : nil
        return true
    }

    /// A number that no other instruction has got.
    mutating func nextNumber() -> Int {
        counter += 1
        return counter
    }

    mutating func add(_ stage: Stage) { stages.append(stage) }

    /// Lets later stages use what the stage at hand has put somewhere.
    mutating func notePlace(_ place: String) { stages[stages.count - 1].places.append(place) }

    private mutating func addStage(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        var stage = Stage(name: random.chance(2, in: 3) ? "s\(stages.count)" : nil, hasShell: true)
        var base = random.pick(surroundings.bases) ?? "scratch"
        switch random.number(in: 0..<6) {
        case 0, 1: (base, stage.hasShell) = ("scratch", false)
        case 2:
            if let other = random.pick(stages), let name = other.name {
                (base, stage.hasShell, stage.places) = (name, other.hasShell, other.places)
            }
        case 3:
            if lines.contains(where: { $0.starts(with: "ARG BASE".utf8) }) { base = "${BASE}" }
        default: break
        }
        if surroundings.hasMounts, random.chance(1, in: 8) {
            addPlatformStages(base, hasShell: stage.hasShell, tree, &random)
            base = "build-${TARGETARCH}"
        }
        let flag = platformFlag(&random)
        append("FROM \(flag)\(base)" + (stage.name.map { " \(random.one(of: "AS", "as")) \($0)" } ?? ""))
        append("LABEL \(surroundings.label)")
        stages.append(stage)
        for _ in 0..<random.number(in: 1..<5) { addInstruction(tree, &random) }
    }

    private mutating func addInstruction(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        if let name = random.pick(surroundings.contexts.keys.sorted()), random.chance(1, in: 4) {
            return addCopyOfContext(name, &random)
        }
        if random.chance(1, in: 12) { return addHereDocument(tree, &random) }
        if random.chance(1, in: 20), surroundings.hasMounts { return addPlatformArgument(tree, &random) }
        switch random.number(in: 0..<24) {
        case 0..<14: addCopy(tree, &random)
        case 14, 15: if stages.count > 1 { addCopyOfStage(&random) } else { addCopy(tree, &random) }
        case 16..<20: addVariable(tree, &random)
        case 20:
            append(
                random.one(
                    of: "CMD [\"true\"]", "WORKDIR /w", "EXPOSE 80", "ENTRYPOINT run", "USER 1:2",
                    "STOPSIGNAL SIGUSR1", "VOLUME /v", "HEALTHCHECK CMD true", "SHELL [\"/bin/sh\", \"-c\"]",
                    "LABEL l=\(nextNumber())"))
        case 21:
            if let path = plainPath(tree, &random) { append("ONBUILD COPY \(path) /ob/") }
        default: addRun(tree, &random)
        }
    }

    private mutating func addRun(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        guard let stage = stages.last, stage.hasShell else { return addCopy(tree, &random) }
        counter += 1
        guard surroundings.hasMounts else {
            if let place = random.pick(stage.places) { append("RUN cp -a \(place) /r\(counter) || true") }
            return
        }
        var mount = "type=bind,target=/m\(counter)"
        if random.chance(1, in: 3), let other = random.pick(stages.dropLast()), let name = other.name {
            mount += ",from=\(name)"
            if let place = random.pick(other.places) { mount += ",source=\(place)" }
        } else if random.chance(1, in: 8), let base = random.pick(surroundings.bases) {
            mount += ",from=\(base),source=/etc"
        } else if random.chance(4, in: 5), let path = plainPath(tree, &random) {
            mount += random.one(of: ",source=", ",src=/", ",source=./", ",source=../") + path
        }
        if random.chance(1, in: 2) { mount = mount.replacing("type=bind,", with: "") }
        append("RUN --mount=\(mount) cp -a /m\(counter) /r\(counter) || true")
        stages[stages.count - 1].places.append("/r\(counter)")
    }

    private mutating func addCopyOfStage(_ random: inout FuzzRandom) {
        counter += 1
        var (from, place) = (random.pick(surroundings.bases) ?? "scratch", "/etc")
        if random.chance(5, in: 6), let number = random.pick(stages.indices.dropLast()) {
            from = random.chance(1, in: 2) ? String(number) : stages[number].name ?? String(number)
            place = random.pick(stages[number].places) ?? "/"
        }
        append("COPY --from=\(from) \(place) /o\(counter)/")
        stages[stages.count - 1].places.append("/o\(counter)")
    }

    private mutating func addVariable(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        guard let path = plainPath(tree, &random), let other = plainPath(tree, &random) else { return }
        counter += 1
        let name = random.one(of: "V", "W", "V\(counter)")
        append(
            random.one(
                of: "ARG \(name)=\(path)", "ARG \(name)", "ENV \(name)=\"\(path)\"", "ENV \(name) \(path)",
                "ARG \(name)='\(path)'", "ENV \(name)=${V:-\(path)}"))
        if random.chance(1, in: 3) { arguments[name] = other }
        let use = random.one(
            of: "${\(name):-\(other)}", "$\(name)", "${\(name)}", "${\(name):+\(other)}", "\"$\(name)\"",
            "${NONE:-\(path)}", "${NONE:-${\(name):-\(other)}}", "'\(path)'", "${NONE:+x}\(path)")
        append("COPY \(use) /o\(counter)/")
        stages[stages.count - 1].places.append("/o\(counter)")
    }

    /// A path that needs no quotes anywhere.
    func plainPath(_ tree: FuzzTree, _ random: inout FuzzRandom) -> String? {
        let plain = tree.entries.filter { entry in
            entry.path.bytes.allSatisfy { asciiLetters.contains($0) || "._/".utf8.contains($0) }
        }
        // What is behind links need not be in the context.
        let steady = plain.filter { $0.status.kind != .symbolicLink }
        return random.pick((random.chance(5, in: 6) ? steady : plain).map(\.path.bytes)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    // MARK: COPY and ADD

    private mutating func addCopy(_ tree: FuzzTree, _ random: inout FuzzRandom) {
        addCopy(of: tree, from: nil, &random)
    }

    private mutating func addCopyOfContext(_ name: String, _ random: inout FuzzRandom) {
        guard let tree = surroundings.contexts[name] else { return }
        if random.chance(1, in: 4), stages.last?.hasShell == true {
            let number = nextNumber()
            let mount = "type=bind,target=/m\(number),from=\(name)"
            append("RUN --mount=\(mount) cp -a /m\(number) /r\(number) || true")
            return notePlace("/r\(number)")
        }
        addCopy(of: tree, from: name, &random)
    }

    private mutating func addCopy(of tree: FuzzTree, from context: String?, _ random: inout FuzzRandom) {
        let place = "/o\(nextNumber())"
        var writer = FuzzCopy(escape: escape, isLegacy: !surroundings.hasMounts)
        for _ in 0..<random.one(of: 1, 1, 1, 1, 2, 3) { writer.addSource(of: tree, &random) }
        let isFile = random.chance(1, in: 8) && writer.sources.count == 1
        lines.append(writer.line(to: isFile ? place : "\(place)/", from: context, &random))
        notePlace(place)
    }
}

/// Bytes that mean nothing to any builder.
let asciiLetters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
