import Glibc
public import StokerCore
public import SystemPackage

/// Finds out by plain system calls whether an image is there, for a command that is asked again and again.
///
/// It knows one answer only, a hit without anything else to say (and the digest alone, for who compares it).
/// For everything else the caller goes the full way, and nothing has been changed but the stat index. The rules
/// are the same, `HitCheck`.
public enum PromptHit {
    public enum Outcome: Sendable {
        /// In the order in which they were asked for; without names those of all images.
        case hits([WarmResult])
        /// The inputs of the image of this name are others than those of its record.
        case miss(String)
        /// Whatever is out of the ordinary.
        case unknown
    }

    /// - Parameters:
    ///   - user: the user's own settings.
    ///   - cache: Stoker's folder for caches.
    public static func find(
        project root: FilePath, images names: [String], user: UserSettings, endpoint: Endpoint,
        cache: FilePath
    ) -> Outcome {
        guard let settings = try? ProjectSettings.load(root: root, user: user),
            case .unix(let socket) = endpoint.address
        else { return .unknown }
        let wanted = names.isEmpty ? settings.images.map(\.name) : names
        // An image is a hit only if those of the project are that it is built on.
        guard let all = try? ImageOrder(settings).withBases(wanted) else { return .unknown }
        var results: [String: WarmResult] = [:]
        for name in all {
            guard let image = settings.images.first(where: { $0.name == name }),
                // A default tag is first made the project's own.
                image.defaultTags == nil || user.tags?.isOwned(image.tag, by: TagOwner(project: root)) == true
            else { return .unknown }
            switch find(image, settings: settings, socket: socket, cache: cache) {
            case .hit(let hit): results[name] = hit
            case .miss: return .miss(name)
            case .unknown: return .unknown
            }
        }
        return .hits(wanted.compactMap { results[$0] })
    }

    /// The digest of one image's inputs, for which an engine is needed only where there are base images.
    ///
    /// - Parameter name: what the configuration calls the image. Default: its first.
    /// - Returns: `nil` for whatever is out of the ordinary.
    public static func digest(
        project root: FilePath, image name: String?, user: UserSettings, endpoint: Endpoint
    ) -> ContentDigest? {
        guard let settings = try? ProjectSettings.load(root: root, user: user),
            let image = settings.images.first(where: { name == nil || $0.name == name }),
            var plan = firstPlan(image, settings)
        else { return nil }
        let references = plan.reading.bases.map(\.text)
        if !references.isEmpty {
            guard case .unix(let socket) = endpoint.address, var engine = PlainExchange(socket: socket),
                ask(&engine, references), let resolved = resolve(plan, &engine)
            else { return nil }
            plan = resolved.plan
        }
        var index = StatIndex(isKept: false)
        return try? InputScanner.look(plan, index: &index).digest
    }

    /// The images that references name at this moment; `nil` for whatever is out of the ordinary.
    static func imageIDs(_ references: [String], socket: String) -> [String?]? {
        guard var engine = PlainExchange(socket: socket), ask(&engine, references) else { return nil }
        var ids: [String?] = []
        for _ in references {
            switch engine.answer() {
            case .some((200, let body)):
                guard let id = PlainJSON(body)?["Id"]?.string else { return nil }
                ids.append(id)
            case .some((404, _)): ids.append(nil)
            default: return nil
            }
        }
        return ids
    }

    /// What one image comes to.
    private enum Answer {
        case hit(WarmResult)
        case miss
        case unknown
    }

    private static func find(
        _ image: ImageSettings, settings: ProjectSettings, socket: String, cache: FilePath
    ) -> Answer {
        let started = SuspendingClock.now
        guard let record = CacheRecordFile(image.record).readPlainly(),
            case .success(let proof) = HitCheck.proof(in: .record(record), of: image),
            let first = firstPlan(image, settings), HitCheck.doubt(about: first) == nil,
            var engine = PlainExchange(socket: socket),
            // The answer about the image itself comes last: the look need not wait for it.
            ask(&engine, first.reading.bases.map(\.text) + [image.tag]),
            let (plan, bases) = resolve(first, &engine), HitCheck.doubt(about: plan) == nil
        else { return .unknown }
        let store = SnapshotStore(cache: cache)
        let key = store.key(project: settings.root, image: image.name)
        let file = store.index(ofKey: key)
        var index = StatIndex.load(from: file)
        guard let inputs = try? InputScanner.look(plan, index: &index) else { return .unknown }
        if index.isChanged { InputMemory.save(&index, to: file) }
        if HitCheck.objection(to: proof, inputs: inputs.digest) != nil {
            let name = HitCheck.keptName(image, plan: plan, digest: inputs.digest, bases: bases)
            // What is kept the full way finds by a look, sooner than a copy would be made.
            let isKept = name.map { isThere(KeptTag(name: $0, key: key).reference, &engine) } ?? false
            return isKept ? .unknown : .miss
        }
        guard inputs.main.churnLines.isEmpty,
            let own = engine.answer(), own.status == 200, let id = PlainJSON(own.body)?["Id"]?.string,
            HitCheck.objection(to: proof, engine: HitCheck.EngineWord(imageID: id, bases: bases)) == nil,
            (try? HitCheck.buildHash(image, proof)) == record.buildHash
        else { return .unknown }
        let seconds = (SuspendingClock.now - started) / .seconds(1)
        return .hit(
            WarmResult(
                name: image.name, image: image.tag, imageID: proof.imageID, digest: proof.digest,
                outcome: .hit, via: .local, seconds: seconds, reason: nil, warnings: []))
    }

    /// Whether the engine has an image of this reference, when it still owes the answer to the question before.
    private static func isThere(_ reference: String, _ engine: inout PlainExchange) -> Bool {
        ask(&engine, [reference]) && engine.answer() != nil && engine.answer()?.status == 200
    }

    /// Without what the engine knows of the base images.
    private static func firstPlan(_ image: ImageSettings, _ settings: ProjectSettings) -> InputPlan? {
        guard let plan = try? InputPlan(image: image, ownFiles: settings.ownFiles),
            !ResolvedPlan.mayNeedEnginePlatform(plan)
        else { return nil }
        return plan
    }

    /// The plan with what the engine answers about each of its base images, which it has been asked about.
    private static func resolve(
        _ first: InputPlan, _ engine: inout PlainExchange
    ) -> (plan: InputPlan, bases: [BaseImage])? {
        let references = first.reading.bases.map(\.text)
        if references.isEmpty { return (first, []) }
        var known = KnownBases()
        var bases: [BaseImage] = []
        for reference in references {
            guard let (id, facts) = engine.answer().flatMap(base) else { return nil }
            known.facts[reference] = facts
            bases.append(BaseImage(reference: reference, imageID: id))
        }
        // Their ONBUILD instructions may name further images, about which the full way asks.
        guard let plan = try? first.knowing(known),
            plan.reading.bases.map(\.text) == references
        else { return nil }
        return (plan, bases)
    }

    private static func base(_ answer: (status: Int, body: [UInt8])) -> (id: String?, BaseImageFacts)? {
        if answer.status == 404 { return (nil, .unknown) }
        guard answer.status == 200, let json = PlainJSON(answer.body), let id = json["Id"]?.string,
            let config = json["Config"], let onBuild = strings(config["OnBuild"]),
            let environment = strings(config["Env"])
        else { return nil }
        return (id, .present(onBuild: onBuild, environment: environment))
    }

    /// The engine writes `null`, or nothing, for an empty list.
    private static func strings(_ json: PlainJSON?) -> [String]? {
        switch json {
        case nil, .null: []
        case .some(let json): json.strings
        }
    }

    /// Without a version, so that it need not be agreed on first: each engine then answers in its own, and the
    /// ID is the same in all of them.
    private static func ask(_ engine: inout PlainExchange, _ references: [String]) -> Bool {
        references.allSatisfy { reference in
            reference.utf8.allSatisfy(isPlain) && engine.ask("/images/\(reference)/json")
        }
    }

    /// Whether a byte of a reference stands for itself in a URL.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._/:@".utf8.contains(byte)
        }
    }
}
