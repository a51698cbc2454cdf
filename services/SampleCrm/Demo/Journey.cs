namespace SampleCrm;

/// <summary>By what a producer knows the person: the website's cookie; a form, which tells the address of the cookie's owner; the address alone.</summary>
public enum KnownBy { Cookie, Form, Email }

/// <param name="Number">Position in the journey, from 0.</param>
/// <param name="Day">When, in days from the journey's begin; never falls along a journey.</param>
/// <param name="Engagement">Whose and when is still to be said.</param>
public sealed record Step(int Number, double Day, KnownBy KnownBy, Engagement Engagement);

/// <summary>What one person does over days or weeks. Nobody is known by e-mail before the first form, so posted in any order in which that form comes
/// before the mails, one person stays one lead.</summary>
public sealed class Journey
{
    private static readonly string[] Channels = ["organic_search", "paid_search", "social", "referral", "direct"];
    private static readonly string[] Campaigns = ["spring_launch", "lead_quality_guide", "partner_newsletter"];
    private static readonly string[] Products = ["starter", "professional", "enterprise"];
    private static readonly string[] Pages = ["/", "/features", "/customers", "/blog/what-is-a-lead", "/blog/sales-and-marketing", "/integrations"];
    private static readonly string[] Papers = ["lead-scoring-guide.pdf", "buyers-checklist.pdf", "benchmark-report.pdf", "roi-calculator.xlsx"];
    private static readonly string[] Webinars = ["from-click-to-customer", "agreeing-on-a-lead", "product-tour"];
    private static readonly (double, double) Minutes = (1.0 / 1440, 6.0 / 1440);
    private readonly Random dice;
    private readonly List<Step> steps = [];
    private readonly string channel, product;
    private readonly string? campaign;
    private double day;

    public Journey(Person person, Random dice)
    {
        (Person, this.dice, channel, product) = (person, dice, dice.Pick(Channels), dice.Pick(Products));
        campaign = dice.Chance(0.6) ? dice.Pick(Campaigns) : null;
        foreach (var (chance, acts) in StoryOf(person.Persona))
        {
            if (dice.Chance(chance)) Array.ForEach(acts, act => act());
        }
    }

    public Person Person { get; }
    public IReadOnlyList<Step> Steps => steps;

    /// <summary>What a persona does, in this order, each with its chance.</summary>
    private (double Chance, Action[] Acts)[] StoryOf(Persona persona) => persona switch
    {
        Persona.TyreKicker => [(1, [Visit(1, 4)]), (0.5, [Visit(2, 5)]), (0.15, [LookForJob]), (0.3, [Subscribe, Mails(1, 3, clickShare: 0.1)])],
        Persona.Researcher =>
        [
            (1, [Visit(2, 5), Download, Mails(1, 3, clickShare: 0.4), Visit(1, 4)]), (0.7, [Download]), (0.5, [AttendWebinar]), (0.4, [SeePricing]),
            (1, [Mails(0, 2, clickShare: 0.4)]), (0.3, [Download]),
        ],
        Persona.Champion =>
        [
            (1, [Visit(2, 4), Download, Mails(1, 2, clickShare: 0.7), AttendWebinar, SeePricing, Visit(1, 3), Download, SeePricing]),
            (0.6, [AttendWebinar]), (1, [SeePricing]), (0.45, [ContactUs]), (0.2, [RequestDemo]),
        ],
        Persona.ReadyBuyer =>
            [(1, [Visit(1, 3), SeePricing]), (0.5, [Download]), (1, [SeePricing]), (1, dice.Chance(0.65) ? [RequestDemo] : [ContactUs, Download, SeePricing])],
        Persona.Student => [(1, [Visit(3, 6), Download, Download, Download, AttendWebinar]), (0.5, [Download]), (0.4, [LookForJob])],
        Persona.Competitor => [(1, [Visit(2, 5), SeePricing, Download, SeePricing, AttendWebinar, SeePricing, Download])],
        _ => [(1, [Subscribe, Mails(4, 9, clickShare: 0.3)]), (0.3, [Download]), (1, [Mails(1, 4, clickShare: 0.3)]), (0.12, [Unsubscribe]), (0.08, [Bounce])],
    };

    private Action Visit(int pagesMin, int pagesMax) => () =>
    {
        SeePage(channel, rest: (0.5, 4));
        for (var n = dice.Next(pagesMin, pagesMax + 1); n > 1; n--) SeePage(channel, Minutes);
    };

    private Action Mails(int mailsMin, int mailsMax, double clickShare) => () =>
    {
        for (var n = dice.Next(mailsMin, mailsMax + 1); n > 0; n--)
        {
            Add("email_opened", KnownBy.Email, (2, 5), "mailer", "email");
            if (!dice.Chance(clickShare)) continue;
            Add("email_clicked", KnownBy.Email, Minutes, "mailer", "email", properties: ("link", dice.Pick(Pages)));
            SeePage(via: "email", Minutes);
        }
    };

    private void AttendWebinar()
    {
        var webinar = dice.Pick(Webinars);
        Add("webinar_registered", KnownBy.Form, (0.5, 3), asset: webinar);
        Add("webinar_attended", KnownBy.Email, (1, 4), "webinars", "webinar", webinar, properties: ("minutes", dice.Next(10, 61)));
    }

    private void SeePage(string via, (double, double) rest) =>
        Add("page_viewed", KnownBy.Cookie, rest, via: via, properties: [("path", dice.Pick(Pages)), ("seconds", dice.Next(4, 240))]);

    private void SeePricing() => Add("pricing_page_viewed", KnownBy.Cookie, (0.3, 3), about: product, properties: ("seconds", dice.Next(20, 400)));
    private void LookForJob() => Add("careers_page_viewed", KnownBy.Cookie, (0.1, 2), properties: ("path", "/careers"));
    private void Download() => Add("content_downloaded", KnownBy.Form, (0.1, 3), asset: dice.Pick(Papers));
    private void Subscribe() => Add("newsletter_subscribed", KnownBy.Form, Minutes);
    private void ContactUs() => Add("contact_form_submitted", KnownBy.Form, Minutes, about: product);
    private void RequestDemo() => Add("demo_requested", KnownBy.Form, Minutes, about: product, properties: ("seats", dice.Next(3, 250)));
    private void Unsubscribe() => Add("unsubscribed", KnownBy.Email, Minutes, "mailer", "email");
    private void Bounce() => Add("email_bounced", KnownBy.Email, Minutes, "mailer", "email", properties: ("hard", true));

    private void Add(
        string type, KnownBy knownBy, (double Min, double Max) rest, string source = "website", string? via = null, string? asset = null, string? about = null,
        params (string Name, object Value)[] properties)
    {
        day += dice.Between(rest.Min, rest.Max);
        var values = properties.Length == 0 ? null : properties.ToDictionary(p => p.Name, p => JsonSerializer.SerializeToElement(p.Value));
        steps.Add(new(steps.Count, day, knownBy, new Engagement("", source, type, default, new(), campaign, via ?? channel, asset, about, values)));
    }
}
