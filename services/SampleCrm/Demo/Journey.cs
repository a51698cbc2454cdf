using System.Text.Json;

namespace SampleCrm.Demo;

/// <summary>By what a producer knows the person it reports on.</summary>
public enum KnownBy
{
    /// <summary>The website's cookie.</summary>
    Cookie,

    /// <summary>A form, which tells the e-mail address of the cookie's owner.</summary>
    Form,

    /// <summary>The mailing or webinar system, which knows addresses and no cookies.</summary>
    Email,
}

/// <param name="Number">Position in the journey, from 0.</param>
/// <param name="Day">When, in days from the journey's begin; never falls along a journey.</param>
public sealed record Step(
    int Number,
    double Day,
    string Source,
    string Type,
    KnownBy KnownBy,
    string Channel,
    string? Campaign,
    string? Asset,
    string? Product,
    IReadOnlyDictionary<string, JsonElement> Properties);

/// <summary>
/// What one person does over days or weeks. Nobody is known by e-mail before the first form, so posted in any order in which
/// that form comes before the mails, one person stays one lead.
/// </summary>
public sealed record Journey(Person Person, IReadOnlyList<Step> Steps)
{
    public static Journey Of(Person person, Random dice)
    {
        var story = new Story(dice);
        switch (person.Persona)
        {
            case Persona.TyreKicker: story.KickTyres(); break;
            case Persona.Researcher: story.Research(); break;
            case Persona.Champion: story.Champion(); break;
            case Persona.ReadyBuyer: story.Buy(); break;
            case Persona.Student: story.Study(); break;
            case Persona.Competitor: story.Spy(); break;
            case Persona.NewsletterReader: story.ReadNewsletters(); break;
            default: throw new ArgumentOutOfRangeException(nameof(person), person.Persona, "A persona without a story.");
        }

        return new(person, story.Steps);
    }

    /// <summary>Tells a persona's story step by step; its verbs are what people do.</summary>
    private sealed class Story(Random dice)
    {
        private static readonly string[] Channels = ["organic_search", "paid_search", "social", "referral", "direct"];
        private static readonly string[] Campaigns = ["spring_launch", "lead_quality_guide", "partner_newsletter"];
        private static readonly string[] Products = ["starter", "professional", "enterprise"];
        private static readonly string[] Pages =
            ["/", "/features", "/customers", "/blog/what-is-a-lead", "/blog/sales-and-marketing", "/integrations"];
        private static readonly string[] Papers =
            ["lead-scoring-guide.pdf", "buyers-checklist.pdf", "benchmark-report.pdf", "roi-calculator.xlsx"];
        private static readonly string[] Webinars = ["from-click-to-customer", "agreeing-on-a-lead", "product-tour"];

        private readonly List<Step> steps = [];
        private readonly string channel = dice.Pick(Channels);
        private readonly string product = dice.Pick(Products);
        private readonly string? campaign = dice.Chance(0.6) ? dice.Pick(Campaigns) : null;
        private double day;

        public IReadOnlyList<Step> Steps => steps;

        public void KickTyres()
        {
            Visit(1, 4);
            if (dice.Chance(0.5))
            {
                Rest(1, 9);
                Visit(1, 3);
            }

            if (dice.Chance(0.15)) LookForJob();
            if (dice.Chance(0.3))
            {
                SubscribeNewsletter();
                ReceiveMails(1, 3, clickShare: 0.1);
            }
        }

        public void Research()
        {
            Visit(2, 5);
            Download();
            ReceiveMails(1, 3, clickShare: 0.4);
            Visit(1, 4);
            if (dice.Chance(0.7)) Download();
            if (dice.Chance(0.5)) AttendWebinar();
            if (dice.Chance(0.4)) SeePricing();
            ReceiveMails(0, 2, clickShare: 0.4);
            if (dice.Chance(0.3)) Download();
        }

        public void Champion()
        {
            Visit(2, 4);
            Download();
            ReceiveMails(1, 2, clickShare: 0.7);
            AttendWebinar();
            SeePricing();
            Visit(1, 3);
            Download();
            SeePricing();
            if (dice.Chance(0.6)) AttendWebinar();
            SeePricing();
            if (dice.Chance(0.45)) ContactUs();
            if (dice.Chance(0.2)) RequestDemo();
        }

        public void Buy()
        {
            Visit(1, 3);
            SeePricing();
            if (dice.Chance(0.5)) Download();
            SeePricing();
            if (dice.Chance(0.65))
            {
                RequestDemo();
            }
            else
            {
                ContactUs();
                Download();
                SeePricing();
            }
        }

        public void Study()
        {
            Visit(3, 6);
            var papers = dice.Next(3, 6);
            for (var n = 0; n < papers; n++) Download();
            AttendWebinar();
            if (dice.Chance(0.4)) LookForJob();
        }

        public void Spy()
        {
            Visit(2, 5);
            SeePricing();
            Download();
            SeePricing();
            AttendWebinar();
            SeePricing();
            Download();
        }

        public void ReadNewsletters()
        {
            SubscribeNewsletter();
            ReceiveMails(4, 9, clickShare: 0.3);
            if (dice.Chance(0.3)) Download();
            ReceiveMails(1, 4, clickShare: 0.3);
            if (dice.Chance(0.12)) Mail("unsubscribed");
            else if (dice.Chance(0.08)) Mail("email_bounced", ("hard", true));
        }

        private void Visit(int pagesMin, int pagesMax)
        {
            Rest(0.5, 4);
            for (var n = dice.Next(pagesMin, pagesMax + 1); n > 0; n--)
            {
                SeePage(channel);
                Linger();
            }
        }

        private void SeePage(string via) => Add(
            "website", "page_viewed", KnownBy.Cookie, via, properties: [("path", dice.Pick(Pages)), ("seconds", dice.Next(4, 240))]);

        private void SeePricing()
        {
            Rest(0.3, 3);
            Add("website", "pricing_page_viewed", KnownBy.Cookie, channel, about: product, properties: ("seconds", dice.Next(20, 400)));
        }

        private void LookForJob()
        {
            Rest(0.1, 2);
            Add("website", "careers_page_viewed", KnownBy.Cookie, channel, properties: ("path", "/careers"));
        }

        private void Download()
        {
            Rest(0.1, 3);
            Add("website", "content_downloaded", KnownBy.Form, channel, asset: dice.Pick(Papers));
        }

        private void SubscribeNewsletter()
        {
            Linger();
            Add("website", "newsletter_subscribed", KnownBy.Form, channel);
        }

        private void ContactUs()
        {
            Linger();
            Add("website", "contact_form_submitted", KnownBy.Form, channel, about: product);
        }

        private void RequestDemo()
        {
            Linger();
            Add("website", "demo_requested", KnownBy.Form, channel, about: product, properties: ("seats", dice.Next(3, 250)));
        }

        private void AttendWebinar()
        {
            Rest(0.5, 3);
            var webinar = dice.Pick(Webinars);
            Add("website", "webinar_registered", KnownBy.Form, channel, asset: webinar);
            Rest(1, 4);
            Add("webinars", "webinar_attended", KnownBy.Email, "webinar", asset: webinar, properties: ("minutes", dice.Next(10, 61)));
        }

        private void ReceiveMails(int mailsMin, int mailsMax, double clickShare)
        {
            for (var n = dice.Next(mailsMin, mailsMax + 1); n > 0; n--)
            {
                Rest(2, 5);
                Mail("email_opened");
                if (!dice.Chance(clickShare)) continue;
                Linger();
                Mail("email_clicked", ("link", dice.Pick(Pages)));
                Linger();
                SeePage(via: "email");
            }
        }

        private void Mail(string type, params (string Name, object Value)[] properties) =>
            Add("mailer", type, KnownBy.Email, "email", properties: properties);

        private void Add(
            string source,
            string type,
            KnownBy knownBy,
            string via,
            string? asset = null,
            string? about = null,
            params (string Name, object Value)[] properties) =>
            steps.Add(new(
                steps.Count,
                day,
                source,
                type,
                knownBy,
                via,
                campaign,
                asset,
                about,
                properties.ToDictionary(p => p.Name, p => JsonSerializer.SerializeToElement(p.Value))));

        private void Rest(double daysMin, double daysMax) => day += dice.Between(daysMin, daysMax);

        private void Linger() => Rest(1.0 / 1440, 6.0 / 1440);
    }
}
